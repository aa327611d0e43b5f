"""Resume equals not stopping: a training that was killed ends with the same bits as one that never was."""

import pytest

from engine.runs import series
from tests.training import finish, kill_when, new_run, rows, start, start_from_command, weights

PLAN = {
    "data": {"name": "digits", "limit": 640},
    "augmentations": [{"name": "random_crop", "padding": 2}, {"name": "mixup"}],
    "optimizer": {"name": "adam", "learning_rate": 0.005},
    "schedule": "cosine",
    "stages": [
        {"epochs": 2},
        {"epochs": 2, "train": ["head", "attention", "layer3"], "optimizer_state": "kept", "learning_rate": 0.002},
    ],
    "checkpoint_minutes": 0.01,  # 0.6 s: also in the middle of an epoch
}
STEPS = 20  # an epoch


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """By the command: that forked processes end with the same bits shows that they are like it."""
    folder = new_run(tmp_path_factory.mktemp("runs"), PLAN)
    finish(folder, start=start_from_command)
    return folder


def in_the_middle_of_an_epoch(folder):
    return rows(folder) > STEPS * 1.5 and rows(folder) % STEPS


def in_the_second_stage(folder):
    return rows(folder) > STEPS * 2.5


def during_validation(folder):
    """All steps of an epoch are on disk, its validation is not. Validation is short: one of two will do."""
    return rows(folder) == STEPS * (len(folder.epochs()) + 1) and len(folder.epochs()) in (1, 2)


def before_the_first_checkpoint(folder):
    return rows(folder) > 0


@pytest.mark.parametrize(
    "moment", [in_the_middle_of_an_epoch, in_the_second_stage, during_validation, before_the_first_checkpoint]
)
def test_killed_and_resumed_ends_with_the_same_bits(uninterrupted, tmp_path, moment):
    folder = new_run(tmp_path, PLAN)
    kill_when(folder, start(folder), lambda: moment(folder))
    shown = rows(folder)
    logged = series.read(folder.series, "loss", 0, shown)
    assert folder.status()["state"] == "interrupted"

    finish(folder, "resume")

    assert weights(folder) == weights(uninterrupted)
    for name in series.names(uninterrupted.series):
        if name not in ("seconds", "data_seconds", "images_per_second"):
            theirs, ours = series.read(uninterrupted.series, name), series.read(folder.series, name)
            assert theirs.tobytes() == ours.tobytes(), name
    # What was logged before the kill is the same, bit for bit, as what stands there now: nothing shown was lost.
    assert logged.tobytes() == series.read(folder.series, "loss", 0, shown).tobytes()
    assert [row["epoch"] for row in folder.epochs()] == [1, 2, 3, 4]
    assert folder.status()["life"] == 1


def test_stopped_and_resumed_ends_with_the_same_bits(uninterrupted, tmp_path):
    folder = new_run(tmp_path, PLAN)
    process = start(folder)
    while rows(folder) < STEPS // 2:
        assert process.poll() is None
    folder.send("stop")
    process.wait()
    status = folder.status()
    assert status["state"] == "stopped" and 0 < status["iteration"] < 4 * STEPS
    assert folder.find_checkpoint("stop").about()["iteration"] == status["iteration"] == rows(folder)

    finish(folder, "resume", start=start_from_command)
    assert weights(folder) == weights(uninterrupted)
