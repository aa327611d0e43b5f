"""What was edited in config.yaml by hand is named, and nothing of it is taken in silence."""

import pytest

from engine.config.config_drift import drift, in_words, settings_to_resume, with_moved_data
from engine.config.differences import resolve
from engine.messages.coded_error import CodedError

TRAINED = resolve({"data": {"name": "image_folder", "path": "/a"}, "stages": [{"epochs": 2}]}).model_dump()


def edited(**changes):
    return TRAINED | changes


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        (TRAINED, []),
        ({key: value for key, value in TRAINED.items() if key != "batch_size"}, []),  # the default that it trains with
        (edited(batch_size=32), ["batch_size"]),
        (edited(optimizer=TRAINED["optimizer"] | {"learning_rate": 0.5}), ["optimizer.learning_rate"]),
        (edited(stages=[*TRAINED["stages"], {"epochs": 3}]), ["stages.1.epochs"]),
        (edited(batch_size="many"), ["batch_size"]),  # what it could not be started with
        (edited(model=None), ["model.name", "model.depth", "model"]),
        (edited(augmentations=[{"name": "mixup"}]), ["augmentations.0.name"]),
        (None, ["config.yaml"]),
    ],
)
def test_every_edited_setting_is_named_and_nothing_else(written, fields):
    found = {row["field"] for row in drift(TRAINED, written)}
    assert found.issuperset(fields)
    assert {name.partition(".")[0] for name in found} == {field.partition(".")[0] for field in fields}


def test_a_file_that_only_lacks_the_last_change_of_the_trainer_was_not_edited():
    first, second = ({"iteration": 3 * n, "field": "stages.0.epochs", "value": n} for n in (1, 2))
    trained = edited(edits=[first, second])
    assert drift(trained, edited(edits=[first])) == [] == drift(trained, TRAINED)
    assert drift(trained, edited(edits=[second]))


def test_the_sentence_says_both_values_and_that_there_are_more():
    many = edited(batch_size=32, **dict.fromkeys(("seed", "threads", "accumulate", "subdivisions"), 7))
    assert "batch_size 128 -> 32" in in_words(drift(TRAINED, many))
    assert in_words([{"field": "a", "trained": 1, "written": 2}] * 20).endswith("and 12 more")


FREE, FIXED = edited(checkpoint_minutes=60.0), edited(batch_size=32)
MOVED = edited(data=TRAINED["data"] | {"path": "/b"})


@pytest.mark.parametrize(
    ("written", "has_begun", "choice", "outcome"),
    [
        (TRAINED, True, None, TRAINED),
        (FIXED, True, None, "config_edited"),
        (FREE, False, None, "config_edited"),
        (FIXED, True, "original", TRAINED),
        (FIXED, True, "edited", "config_unfit"),
        (FIXED, False, "edited", FIXED),
        (FREE, True, "edited", FREE),
        (MOVED, True, "edited", MOVED),
        (None, True, None, "config_lost"),
        (None, True, "original", TRAINED),
        (None, False, "edited", "config_lost"),
        (TRAINED, True, "whatever", "resume_choice"),
    ],
)
def test_a_resume_takes_what_was_chosen_and_only_what_fits(written, has_begun, choice, outcome):
    if isinstance(outcome, dict):
        assert settings_to_resume(TRAINED, written, has_begun, choice) == outcome
    else:
        with pytest.raises(CodedError) as refused:
            settings_to_resume(TRAINED, written, has_begun, choice)
        assert refused.value.code == outcome


def test_what_was_changed_while_it_ran_stays_changed_though_the_edited_file_does_not_know_of_it():
    edits = [{"iteration": 3, "field": "stages.0.learning_rate", "value": 0.1}]
    taken = settings_to_resume(edited(edits=edits), FREE, True, "edited")
    assert (taken["edits"], taken["checkpoint_minutes"]) == (edits, 60.0)
    own = [{"iteration": 1, "field": "stages.0.learning_rate", "value": 0.2}]
    assert settings_to_resume(edited(edits=edits), edited(edits=own), False, "edited")["edits"] == own


def test_data_that_were_moved_are_found_where_the_file_says_and_other_data_are_not():
    assert with_moved_data(TRAINED, MOVED)["data"]["path"] == "/b"
    for other in (None, edited(data={"name": "digits", "path": "/b"}), edited(data="digits")):
        assert with_moved_data(TRAINED, other) == TRAINED
    assert with_moved_data(TRAINED, edited(batch_size=3)) == TRAINED
