"""A stage says what it lacks, each fault at its field."""

import pytest

from engine.config.differences import check


def test_a_plan_that_trains_nothing_is_a_fault_without_looking_at_the_model():
    faults = check({"stages": [{"epochs": 2}, {"train": []}]})[1]
    assert [(fault.field, fault.code, fault.values) for fault in faults] == [
        ("stages.1.train", "nothing_trains", {"stage": 2})
    ]


@pytest.mark.parametrize(
    ("stage", "field", "words"),
    [
        ({"learning_rate": -0.1}, "learning_rate", "above 0 and at most 100, not -0.1"),
        ({"learning_rate": {"head": 0}}, "learning_rate", "above 0 and at most 100, not 0"),
        ({"rate_factors": {"head": -1}}, "rate_factors", "above 0 and at most 1000, not -1"),
        ({"epochs": 0}, "epochs", "must be at least 1, not 0"),
        ({"until_accuracy": 101}, "until_accuracy", "must be at most 100.0, not 101"),
        ({"patience": -1}, "patience", "must be at least 0, not -1"),
    ],
)
def test_faults_of_a_stage_name_its_field_and_what_is_allowed(stage, field, words):
    (fault,) = check({"stages": [{}, stage]})[1]
    assert fault.field.startswith(f"stages.1.{field}") and words in fault.message


def test_an_edit_of_a_stage_that_the_plan_has_not_is_a_fault():
    edits = [{"iteration": 5, "field": "stages.3.epochs", "value": 2}]
    assert check({"edits": edits})[1][0].field == "edits.0.field"
    assert check({"edits": [{"iteration": 5, "field": "batch_size"}]})[1][0].field == "edits.0.field"
