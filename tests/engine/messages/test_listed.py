"""Many names are cut to the first few."""

from engine.messages.listed import listed


def test_the_first_six_names_are_listed_and_dots_stand_for_the_others():
    assert listed([]) == "" and listed(["cat"]) == "cat"
    assert listed(list("abcdef")) == "a, b, c, d, e, f" and listed(list("abcdefg")) == "a, b, c, d, e, f ..."
