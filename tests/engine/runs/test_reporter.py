"""What takes long before the first step says what it is at, and ends when it is told to."""

import itertools
import os

import pytest

from engine.datasets import digits
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


def test_what_libraries_print_is_bounded_too_and_it_is_said_what_was_dropped(tmp_path, monkeypatch):
    """They write into the log by themselves, as fast as they like, while nothing is logged by us."""
    monkeypatch.setattr(reporter, "LOG_LIMIT", 10_000)
    voice = Reporter(new_run(tmp_path), 0)
    path = voice.folder.log_file
    with open(path, "ab", buffering=0) as printed:
        for number in range(2000):
            printed.write(b"step %d\n" % number)
            if number % 100 == 0:
                voice.update()
    voice.update()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert path.stat().st_size <= 10_000 and lines[-1] == "step 1999"
    assert lines[0].endswith("bytes of older lines were dropped here")
    assert lines[1:] == [f"step {number}" for number in range(2001 - len(lines), 2000)]


def test_commands_that_are_none_are_passed_over(tmp_path):
    """Anything may stand in the folder of commands: a training hears what it can and goes on."""
    folder = new_run(tmp_path)
    voice, heard = Reporter(folder, 0), []
    voice.orders = {"stop": heard.append}
    contents = [
        '{"command": ["stop"], "life": 0}', '{"command": "stop", "arguments": 3, "life": 0}', "[]", '{"life": 0}',
        "[" * 5000, '{"command": "stop", "life": "0"}', '{"command": "stop", "number": 99, "life": 0}',
    ]  # fmt: skip
    for number, content in enumerate(contents, 1):
        (folder.commands / f"{number:06d}.json").write_text(content, encoding="utf-8")
        os.utime(folder.commands / f"{number:06d}.json", (1, 1))
    (folder.commands / "².json").touch()
    voice.listen()
    assert heard == [{}] and voice.last_command == 7


def test_odd_rows_of_earlier_lives_do_not_keep_a_run_from_going_on(tmp_path):
    folder = new_run(tmp_path)
    rows = ['{"seq": "9", "kind": "command"}', '{"seq": 4, "kind": "command", "values": null}',
            '{"seq": 5, "kind": "command", "values": {"number": "x"}}', '{"seq": 6, "kind": "command", "values": []}',
            '{"seq": 7, "kind": "command", "values": {"number": 2}}']  # fmt: skip
    folder.events_file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    voice = Reporter(folder, 1)
    assert (voice.sequence, voice.last_command) == (7, 2)
