"""Which edits a running plan takes, and what it is once they are made."""

import pytest

from engine.config.differences import resolve
from engine.config.stage import Edit, Stage
from engine.stages.plan import Plan
from engine.stages.plan_edits import Edits, change_plan, plans_with_edits


def plan():
    return Plan([Stage(epochs=1), Stage(epochs=2), Stage(epochs=1)], steps_per_epoch=10)


def test_rates_and_epochs_of_the_running_and_later_stages_change():
    edited = plan()
    assert change_plan(edited, "stages.1.learning_rate", {"head": 0.5}, running=1, iteration=15) == 1
    assert change_plan(edited, "stages.2.epochs", 3, running=1, iteration=15) == 2
    assert edited.stages[1].learning_rate == {"head": 0.5} and edited.lengths == [10, 20, 30]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("stages.1.train", ["head"], r"'stages\.1\.train' cannot be changed while a run trains"),
        ("seed", 3, "'seed' cannot be changed"),
        ("stages.0.epochs", 3, "that stage does not exist or is over; stage 1 is running"),
        ("stages.3.epochs", 3, "that stage does not exist or is over"),
        ("stages.2.end", None, "stage 3 cannot end at iteration 15: it does not run"),
        ("stages.1.epochs", 0, r"^stages\.1\.epochs: "),
        ("stages.1.learning_rate", -1.0, r"^stages\.1\.learning_rate: "),
    ],
)
def test_what_cannot_be_changed_is_refused_and_changes_nothing(field, value, said):
    edited = plan()
    with pytest.raises(ValueError, match=said):
        change_plan(edited, field, value, running=1, iteration=15)
    assert edited.lengths == plan().lengths and edited.stages == plan().stages


def test_edits_are_due_in_the_order_of_their_iterations_and_each_once():
    late, early = (Edit(iteration=number, field="stages.0.epochs", value=2) for number in (9, 4))
    edits = Edits([late, early])
    assert edits.due(3) == [] and edits.due(5) == [early] and edits.due(5) == [] and edits.due(99) == [late]


def test_the_plans_that_edits_lead_to_are_known_beforehand_and_impossible_ones_left_out():
    edits = [
        {"iteration": 5, "field": "stages.0.end", "value": 5},
        {"iteration": 6, "field": "stages.0.epochs", "value": 9},  # it is over
        {"iteration": 7, "field": "stages.1.epochs", "value": 3},
    ]
    config = resolve({"stages": [{"epochs": 1}, {"epochs": 2}], "edits": edits})
    assert [(begins, known.lengths) for begins, known in plans_with_edits(config, 10)] == [
        (0, [10, 20]), (5, [5, 20]), (7, [5, 30]),
    ]  # fmt: skip
