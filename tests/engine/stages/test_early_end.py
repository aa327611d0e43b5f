"""A stage ends early on a plateau or at its accuracy."""

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
    assert "stage_end" in folder.checkpoint(3 * STEPS).about()["kept_as"]


def test_a_stage_ends_at_the_accuracy_that_it_was_to_reach(tmp_path):
    plan = PLAN | {"stages": [{"epochs": 9, "until_accuracy": 1.0}, {"epochs": 1}]}
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished"
    reached = next(row["epoch"] for row in folder.epochs() if row["val.top1"] >= 1)
    assert rows(folder) == (reached + 1) * STEPS
    assert told(folder, "ended_early")[0]["text"].endswith("has reached 1 %.")
