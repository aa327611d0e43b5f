"""Edits of the plan are told, kept and repeated."""

import pytest

from engine.runs import series
from tests.engine.planned import PLAN, run, same_series, told
from tests.training import new_run, rows, weights

EDITS = {
    2: [
        ("set", {"field": "stages.0.learning_rate", "value": 0.004}),
        ("set", {"field": "stages.2.epochs", "value": 2}),
    ],
    7: [("set", {"field": "stages.1.learning_rate", "value": {"head": 0.01, "layer3": 0.001}})],
    13: [("next_stage", {})],
}  # fmt: skip


@pytest.fixture(scope="module")
def edited(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("edited"), PLAN)
    assert run(folder, folder.path, EDITS) == "finished", folder.log(0)[0]
    return folder


def of_plan(folder):
    kinds = ("stage_began", "edit", "took_over", "ended_early")
    return [(event["kind"], event["iteration"], event["text"], event["values"]) for event in told(folder, *kinds)]


def test_edits_are_told_with_what_came_of_them_and_kept_in_the_config(edited):
    assert rows(edited) == 10 + 3 + 10
    assert [event["values"]["what"] for event in told(edited, "edit")] == [
        "learning_rate",
        "epochs",
        "learning_rate",
        "end",
    ]
    assert told(edited, "edit")[1]["text"] == (
        "At iteration 2: stage 3 now lasts 2 epochs and ends after iteration 30; the plan ends after iteration 30."
    )
    assert [(e["iteration"], e["field"]) for e in edited.config()["edits"]] == [
        (2, "stages.0.learning_rate"), (2, "stages.2.epochs"), (7, "stages.1.learning_rate"), (13, "stages.1.end"),
    ]  # fmt: skip
    rates = series.read(edited.series, "learning_rate.head")
    assert rates[2] < 0.004 < rates[1] and rates[10] == 0.01


def test_a_run_of_the_saved_config_repeats_the_edits_with_the_same_events_and_bits(edited, tmp_path):
    again = new_run(tmp_path, edited.config())
    assert run(again, tmp_path) == "finished"
    assert of_plan(again) == of_plan(edited)
    assert weights(again) == weights(edited)
    same_series(again, edited)


@pytest.mark.parametrize("stopped", [5, 13])
def test_a_resumed_run_does_no_edit_twice_and_misses_none(edited, tmp_path, stopped):
    """Stopped before or together with an edit; those of before the checkpoint are not done again."""
    folder = new_run(tmp_path, PLAN)
    orders = EDITS | {stopped: [*EDITS.get(stopped, []), ("stop", {})]}
    assert run(folder, tmp_path, orders) == "stopped"
    later = {iteration: given for iteration, given in EDITS.items() if iteration > stopped}
    assert run(folder, tmp_path, later, resume=True) == "finished"
    assert weights(folder) == weights(edited)
    assert folder.config()["edits"] == edited.config()["edits"]


def test_an_edit_that_no_longer_fits_is_a_warning_and_not_the_end(tmp_path):
    edits = [
        {"iteration": 1, "field": "stages.1.end", "value": 3},
        {"iteration": 1, "field": "stages.0.learning_rate", "value": {"nose": 1.0}},
    ]
    folder = new_run(tmp_path, PLAN | {"stages": [{"epochs": 1}, {"epochs": 1}], "edits": edits})
    assert run(folder, tmp_path) == "finished"
    warnings = [event["values"]["why"] for event in told(folder, "warning")]
    assert "stage 2 cannot end at iteration 1" in warnings[0] and "no part 'nose'" in warnings[1]
