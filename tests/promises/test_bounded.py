"""Memory, files and threads stay bounded however long a training runs and a page is watched."""

import os
import threading

import psutil
import pytest

from engine.process.run_process import train_run
from engine.runs import reporter as reporter_module
from engine.training import telemetry
from tests.training import TINY, new_run

EPOCHS = int(os.environ.get("THAW_SOAK_EPOCHS", "20"))
MB = 1 << 20


def belongings(process, folder):
    """What may not grow."""
    everything = [path for path in folder.path.rglob("*") if path.is_file()]
    grows = (".f64", ".jsonl")  # one number an iteration, one line an epoch: that is what a run is
    return {
        "memory": process.memory_info().rss, "files open": process.num_fds(), "threads": threading.active_count(),
        "files": len([path for path in everything if path.parent != folder.maps]),
        "bytes": sum(path.stat().st_size for path in everything if path.suffix not in grows),
        "temporary": len([path for path in everything if path.name.startswith(".") or ".unfinished" in str(path)]),
    }  # fmt: skip


@pytest.mark.skipif(not hasattr(psutil.Process, "num_fds"), reason="open files are not counted here")
def test_a_long_training_needs_no_more_than_a_short_one(tmp_path, monkeypatch):
    """A long run in fast motion (short epochs, a small log, much sampling): from its first quarter on, memory, open
    files, threads, temporary files and everything but curves stay as they are, and the log is rotated."""
    monkeypatch.setattr(reporter_module, "LOG_LIMIT", 1500)
    monkeypatch.setattr(reporter_module, "STATUS_EVERY", 0.0)
    monkeypatch.setattr(telemetry, "SAMPLE_EVERY", 0.02)
    plan = {"stages": [{"epochs": EPOCHS}], "data": {"name": "digits", "limit": 64}, "schedule": "constant",
            "checkpoint_minutes": 0.01}  # fmt: skip
    folder = new_run(tmp_path / "runs 长", TINY | plan)
    process, seen, said = psutil.Process(), {}, []

    def watch(status):
        epoch = status.get("epoch", 0)
        if epoch not in seen and epoch > 1 and status["state"] == "running":
            seen[epoch] = belongings(process, folder)

    assert train_run(folder, tmp_path / "data", watch=watch, show=said.append) == "finished", folder.log(0)[0]
    early, late = seen[max(2, EPOCHS // 4)], seen[EPOCHS]
    assert late["threads"] <= early["threads"] and late["files open"] <= early["files open"] + 1
    assert late["temporary"] <= 1 and late["files"] <= early["files"] + 3
    assert late["memory"] - early["memory"] < 40 * MB, (early["memory"] / MB, late["memory"] / MB)
    assert sum(map(len, said)) > 1500 > folder.log_file.stat().st_size / 1.1
    assert folder.log(0)[0].splitlines()[-1].endswith("Finished.")
    assert len(folder.map_iterations()) < 220 and len(folder.checkpoint_list()) <= 3
    left = belongings(process, folder)
    assert left["temporary"] == 0 and left["threads"] <= early["threads"]
