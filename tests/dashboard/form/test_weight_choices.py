"""Runs that have weights are offered."""

from functools import partial

from dashboard import texts
from dashboard.form import weight_choices
from engine.runs import all_runs, example_run


def test_runs_with_a_checkpoint_are_offered_as_weights(tmp_path):
    run = all_runs.create(tmp_path, {}, {}, "<b>mine</b>")
    words = partial(texts.text, "en")
    offered = [value for _, value in weight_choices.choices(tmp_path, words, "x.pth")]
    assert offered == ["", example_run.ID, "x.pth"], "also what ships, which lies elsewhere"
    (run.checkpoints / "iteration-00000010").mkdir(parents=True)
    (run.checkpoints / "iteration-00000010" / "about.json").write_text('{"iteration": 10}', encoding="utf-8")
    assert (f"<b>mine</b> · {run.id}", run.id) in weight_choices.choices(tmp_path, words, "")
