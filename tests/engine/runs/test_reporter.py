"""What takes long before the first step says what it is at, and ends when it is told to."""

import itertools
import threading
import time
import pytest
from engine.datasets import _files, digits
from engine.objectives.supervised import Supervised
from engine.process.run_process import train_run
from engine.runs import files, reporter
from engine.runs.reporter import Reporter
from tests.training import TINY, new_run, rows, weights


BATCHES = 10  # of TINY's training images
PLAN = TINY | {
    "rehearsal": "never",
    "stages": [{"epochs": 1}, {"epochs": 1, "objective": {"name": "supervised", "label_smoothing": 0.1}}],
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Commands are heard and the status is written at every occasion."""
    monkeypatch.setattr(reporter, "LISTEN_EVERY", 0.0)
    monkeypatch.setattr(reporter, "STATUS_EVERY", 0.0)


def taken(folder):
    return {
        event["values"]["command"]: event["values"]["done"] for event in folder.events() if event["kind"] == "command"
    }


def test_loading_shows_how_far_it_is_and_is_stopped(tmp_path, monkeypatch):
    """Hours of decoding are no silence: the status says what is done, and Stop is heard in the midst of it."""
    folder, seen = new_run(tmp_path / "runs"), []

    def load(options, place, progress):
        for number in itertools.count():
            assert number < 100, "nobody listens"
            progress(f"decoding images: {number} of many")
            seen.append(files.read_json(folder.status_file))
            if number == 3:
                folder.send("checkpoint")
                folder.send("stop")

    with monkeypatch.context() as patch:
        patch.setattr(digits, "load", load)
        assert train_run(folder, tmp_path) == "stopped"
    assert [status["doing"] for status in seen] == [f"decoding images: {number} of many" for number in range(4)]
    assert {status["state"] for status in seen} == {"starting"}
    assert taken(folder) == {"checkpoint": False, "stop": True}
    status = folder.status()
    assert status["doing"] is None and status["ended"] and not folder.checkpoint_list()
    assert train_run(folder, tmp_path, resume=True) == "finished" and folder.status()["doing"] is None


def test_a_line_that_comes_often_is_logged_once_and_costs_no_file_each_time(tmp_path, monkeypatch):
    voice = Reporter(new_run(tmp_path), 0)
    monkeypatch.setattr(reporter, "STATUS_EVERY", 3600.0)
    voice.state("starting")
    before = voice.folder.status_file.stat().st_mtime_ns
    for _ in range(100):
        voice.progress("waiting for another download")
    assert voice.folder.status_file.stat().st_mtime_ns == before
    assert voice.folder.log(0)[0].count("waiting for another download") == 1


@pytest.mark.parametrize(("stage", "rehearsal"), [(0, "never"), (1, "never"), (0, "always")])
def test_an_objective_that_looks_at_all_images_first_is_stopped_between_two_batches(
    stage, rehearsal, tmp_path, monkeypatch
):
    """Nothing half made is saved: a resumed run ends with the same bits as one that was never stopped."""
    seen = []

    def begin(self, model, images, sweep):
        seen.append(0)
        for _ in sweep("train"):
            seen[-1] += 1
            if len(seen) == stage + 1 and seen[-1] == 2:
                folder.send("checkpoint")
                folder.send("stop")

    monkeypatch.setattr(Supervised, "begin", begin)
    whole = new_run(tmp_path / "whole", PLAN)
    folder = new_run(tmp_path / "stopped", PLAN | {"rehearsal": rehearsal})
    assert train_run(folder, tmp_path) == "stopped", folder.log(0)[0]
    assert seen == [BATCHES] * stage + [2] and taken(folder) == {"checkpoint": False, "stop": True}
    assert rows(folder) == folder.status().get("iteration", 0) == stage * BATCHES
    assert [kept.about()["iteration"] for kept in folder.checkpoint_list()] == [BATCHES] * stage
    seen.extend([0, 0])
    assert train_run(folder, tmp_path, resume=True) == train_run(whole, tmp_path) == "finished"
    assert weights(folder) == weights(whole)


def test_a_command_that_fails_is_a_warning_that_names_it(tmp_path):
    folder = new_run(tmp_path)
    voice = Reporter(folder, 0)

    def refuse(arguments):
        raise ValueError("stage 9 does not exist")

    voice.orders = {"set": refuse}
    folder.send("set", {"field": "stages.8.epochs", "value": 1})
    voice.listen()
    assert folder.events()[-1]["values"] == {"why": "command set failed: stage 9 does not exist"}
