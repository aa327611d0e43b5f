"""A stage ends early on a plateau or at its accuracy."""

from engine.config.stage import Stage
from engine.stages.early_end_rule import EarlyEnd
from tests.engine.planned import PLAN, STEPS, run, told
from tests.training import new_run, rows


def test_a_stage_ends_early_on_a_plateau_and_the_plan_is_shorter(tmp_path):
    """Nothing trains to speak of, so accuracy stays; the next stage begins where the first one ended."""
    plan = PLAN | {"ema_decay": 0.0, "stages": [
        {"epochs": 9, "train": ["head"], "learning_rate": 1e-30, "patience": 2}, {"epochs": 1},
    ]}  # fmt: skip
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished"
    assert [row["stage"] for row in folder.epochs()] == [0, 0, 0, 1]
    assert folder.status()["iterations"] == rows(folder) == 4 * STEPS
    (event,) = told(folder, "ended_early")
    assert event["values"]["why"] == "plateau" and event["iteration"] == 3 * STEPS
    assert event["text"] == "Stage 1 ended early, after epoch 3: accuracy stopped improving (patience 2)."
    assert "stage_end" in folder.checkpoint(3 * STEPS).about()["kept_as"]


def test_a_stage_ends_at_the_accuracy_that_it_was_to_reach(tmp_path):
    plan = PLAN | {"stages": [{"epochs": 9, "until_accuracy": 1.0}, {"epochs": 1}]}
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished"
    reached = next(row["epoch"] for row in folder.epochs() if row["val.top1"] >= 1)
    assert rows(folder) == (reached + 1) * STEPS
    (event,) = told(folder, "ended_early")
    assert event["values"]["until_accuracy"] == 1
    assert event["text"].startswith(f"Stage 1 ended early, after epoch {reached}: accuracy ")
    assert event["text"].endswith(" reached the target of 1 %.")


def reasons(stage, *top1):
    watch = EarlyEnd()
    return [watch.reason(stage, value) for value in top1]


def test_without_a_wish_a_stage_never_ends_early():
    assert reasons(Stage(), 10, 10, 10, 100) == [None] * 4


def test_it_ends_at_its_accuracy():
    assert reasons(Stage(until_accuracy=50), 49.9, 50.0) == [None, "accuracy"]


def test_it_ends_after_as_many_epochs_without_a_rise_as_it_has_patience():
    assert reasons(Stage(patience=2), 10, 10, 11, 11, 5) == [None, None, None, None, "plateau"]


def test_what_it_has_seen_survives_saving():
    stage, watch, other = Stage(patience=2), EarlyEnd(), EarlyEnd()
    assert watch.reason(stage, 10) is None and watch.reason(stage, 9) is None
    other.load_state_dict(watch.state_dict())
    assert other.reason(stage, 9) == watch.reason(stage, 9) == "plateau"
