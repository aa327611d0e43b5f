"""A stage says what it lacks, each fault at its field."""

from itertools import pairwise

import pytest

from engine.config.differences import check
from engine.config.stage import Stage


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


def test_factors_and_decay_multiply_the_rate_of_the_stage_and_a_rate_of_its_own_stays():
    parts = ["stem", "layer1", "layer2", "head"]
    stage = Stage(learning_rate=0.1, rate_factors={"stem": 0.1, "head": 2.0}, layer_decay=0.5)
    assert [stage.rate(part, 9.0, parts) for part in parts] == pytest.approx([0.1 * 0.1 / 8, 0.1 / 4, 0.1 / 2, 0.2])
    stage = Stage(learning_rate={"stem": 0.3}, rate_factors={"stem": 0.1, "head": 2.0})
    assert [stage.rate(part, 0.1, parts) for part in parts] == pytest.approx([0.3, 0.1, 0.1, 0.2])


def test_the_published_rates_of_ulmfit_fall_by_2_6_from_part_to_part():
    parts = ["layer1", "layer2", "layer3", "head"]
    stage = Stage(learning_rate=0.01, layer_decay=1 / 2.6)
    rates = [stage.rate(part, 1.0, parts) for part in parts]
    assert [after / before for before, after in pairwise(rates)] == pytest.approx([2.6] * 3)
