"""A training hears commands and signals, and one run has one trainer."""

import signal

import pytest

from engine.process.run_process import train_run
from engine.runs import files, reporter, series
from tests.made_runs import make_run
from tests.training import LONG, PATIENCE, STEPS, TINY, new_run, rows, start, start_from_command, wait


def done(folder, command):
    return [e["values"] for e in folder.events() if e["kind"] == "command" and e["values"]["command"] == command]


def test_no_row_comes_before_the_plan_that_explains_it(tmp_path):
    """A chart that saw rows before it knew the length of an epoch would draw them elsewhere a moment later."""
    folder = new_run(tmp_path / "runs", LONG)
    process = start(folder)
    try:
        wait(lambda: rows(folder), process)
        assert folder.status()["iterations_per_epoch"] == STEPS
    finally:
        process.kill()
        process.wait()


def test_pause_resume_checkpoint_inspect_next_stage(running):
    folder, process = running
    folder.send("pause")
    wait(lambda: folder.status()["state"] == "paused", process)
    still = rows(folder)
    folder.send("checkpoint")
    wait(lambda: folder.checkpoint(still).about().get("iteration") == still, process)  # an epoch may have left one too
    assert rows(folder) == still and folder.find_checkpoint("last").about()["iteration"] == still
    folder.send("inspect")
    kept = folder.map_file(still).with_suffix(".json")
    wait(lambda: (files.read_json(kept) or {}).get("why") == "inspect", process)
    folder.send("resume")
    wait(lambda: rows(folder) > still, process)
    folder.send("set", {"field": "stages.0.learning_rate", "value": 0.0123})
    wait(lambda: 0.0 < series.read(folder.series, "learning_rate.head")[-1] <= 0.0123, process)
    folder.send("next_stage")
    process.wait(60)
    status = folder.status()
    assert status["state"] == "finished" and status["stage"] == 1
    assert status["iterations"] == rows(folder) == status["stages"][0]["ends"] + STEPS
    fields = [event["values"]["field"] for event in folder.events() if event["kind"] == "edit"]
    assert fields == ["stages.0.learning_rate", "stages.0.end"]


def test_a_command_for_an_earlier_life_or_without_meaning_becomes_an_event_and_nothing_else(running):
    folder, process = running
    folder.send("resume")
    path = folder.commands / "000002.json"
    path.write_text('{"number": 2, "command": "stop", "arguments": {}, "life": 7}', encoding="utf-8")
    wait(lambda: done(folder, "stop"), process)
    assert done(folder, "resume")[0]["done"] is False and done(folder, "stop")[0]["done"] is False
    assert folder.status()["state"] == "running"


def test_sigterm_saves_and_stops(running_from_command):
    folder, process = running_from_command
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    status = folder.status()
    assert status["state"] == "stopped"
    assert folder.find_checkpoint("stop").about()["iteration"] == status["iteration"] == rows(folder)


ENDERS = {  # who ends a training, and what its status says
    "stopped_by_you": lambda folder: folder.send("stop"),
    "stopped_from_page": lambda folder: (folder.send("kill"), signal.raise_signal(signal.SIGTERM)),
    "stopped_by_system": lambda folder: signal.raise_signal(signal.SIGTERM),
}


@pytest.mark.parametrize("code", ENDERS)
def test_the_status_says_who_ended_a_training(tmp_path, monkeypatch, code):
    folder = new_run(tmp_path, LONG)
    monkeypatch.setattr(reporter, "LISTEN_EVERY", 0.0)
    deeds = {3: lambda: ENDERS[code](folder)}
    assert train_run(folder, tmp_path, watch=lambda status: deeds.pop(status.get("iteration"), int)()) == "stopped"
    status = folder.status()
    assert status["ending"]["code"] == code and status["reason"]
    assert folder.find_checkpoint("stop").about()["iteration"] == status["iteration"] == rows(folder)
    stale = reporter.Reporter(folder, 1)
    stale.orders = {"stop": stale.stop}
    stale.listen()  # what an earlier life was told ends no later one


def test_one_run_has_one_trainer(running):
    folder, process = running
    second = start_from_command(folder)
    second.wait(60)
    assert second.returncode == 2 and process.poll() is None
    assert "already has a trainer" in folder.log(0)[0]
    assert folder.status()["pid"] == process.pid


def test_weights_of_no_use_end_the_run_before_it_trains(tmp_path):
    run = make_run(tmp_path, TINY)
    folder = new_run(tmp_path, {"weights": run.id, "model": {"name": "densenet", "depth": 10}})
    start(folder).wait(PATIENCE)
    status = folder.status()
    assert status["state"] == "failed" and status["ending"]["code"] == "weights_fit_nothing"
    assert not status.get("iteration")
