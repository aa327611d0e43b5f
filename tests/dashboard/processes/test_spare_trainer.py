"""A trainer in waiting: the same training, begun sooner; without an order it goes home."""

import os
import subprocess
import sys
import time

from dashboard.processes import training_processes
from dashboard.processes.spare_trainer import Standby
from engine.runs.process_identity import process_of
from tests.training import new_run, rows, wait, weights

ORDERLESS = [sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.readline()))"]


def test_a_run_by_the_trainer_in_waiting_ends_with_the_same_bits_and_is_its_own_master(tmp_path):
    cold, warm = (new_run(tmp_path / "runs") for _ in range(2))
    standby = Standby()
    standby.prepare()
    waiting = standby.process
    standby.prepare()
    assert standby.process is waiting  # one is enough
    training_processes.start(cold, tmp_path / "data")
    wait(lambda: cold.status()["state"] == "finished" and process_of(cold.status()) is None)
    training_processes.start(warm, tmp_path / "data", standby=standby)
    wait(lambda: rows(warm))
    trainer = process_of(warm.status())
    assert trainer.pid == waiting.pid and standby.process is None
    assert os.getsid(trainer.pid) == trainer.pid != os.getsid(0)  # closing our terminal is not for it
    wait(lambda: warm.status()["state"] == "finished")
    assert weights(warm) == weights(cold)
    assert warm.environment()["threads"] == cold.environment()["threads"]
    assert "Finished." in warm.log(0)[0]


def test_the_page_can_end_a_run_of_the_trainer_in_waiting(tmp_path):
    folder, standby = new_run(tmp_path / "runs", {"stages": [{"epochs": 500}]}), Standby()
    standby.prepare()
    training_processes.start(folder, tmp_path / "data", standby=standby)
    wait(lambda: rows(folder))
    training_processes.kill(folder)
    wait(lambda: folder.status()["state"] in ("stopped", "interrupted"))
    assert process_of(folder.status()) is None


def test_a_run_that_must_wait_for_the_device_is_not_given_to_it(tmp_path):
    """It would hold torch for hours."""
    first, second, standby = (
        new_run(tmp_path / "runs", {"stages": [{"epochs": 500}]}),
        new_run(tmp_path / "runs"),
        Standby(ORDERLESS),
    )
    standby.prepare()
    training_processes.start(first, tmp_path / "data")
    try:
        wait(lambda: rows(first))
        training_processes.start(second, tmp_path / "data", standby=standby)
        assert standby.process is not None
        wait(lambda: second.status()["state"] == "queued")
    finally:
        for folder in (second, first):
            training_processes.kill(folder)
        standby.close()


def test_one_that_has_waited_long_gets_no_order_any_more(tmp_path, monkeypatch):
    standby = Standby(ORDERLESS)
    standby.prepare()
    waiting = standby.process
    monkeypatch.setattr(standby, "made", time.monotonic() - 10_000)
    assert standby.take(new_run(tmp_path / "runs"), tmp_path, "run") is None
    assert waiting.wait(20) == 0  # it heard nothing


def test_it_ends_with_the_dashboard(tmp_path):
    standby = Standby(ORDERLESS)
    standby.prepare()
    waiting = standby.process
    standby.close()
    assert waiting.poll() is not None


def test_where_it_was_killed_a_run_starts_the_usual_way(tmp_path, monkeypatch):
    folder, standby = new_run(tmp_path / "runs"), Standby(ORDERLESS)
    standby.prepare()
    standby.process.kill()
    standby.process.wait()
    asked = []

    def new(*arguments):
        asked.append(arguments)
        return subprocess.Popen([sys.executable, "-c", ""])

    monkeypatch.setattr(training_processes, "_new", new)
    training_processes.start(folder, tmp_path, standby=standby)
    assert asked == [(folder, tmp_path, "run")]
