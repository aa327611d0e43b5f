"""What somebody who misspelt a name may have meant."""

from engine.messages.suggestion import near


def test_a_near_name_is_asked_for_and_a_far_one_is_not():
    assert near("adamww", ["adam", "adamw", "sgd"]) == "; did you mean 'adamw'?"
    assert near("elephant", ["adam", "adamw", "sgd"]) == near("adam", []) == ""
