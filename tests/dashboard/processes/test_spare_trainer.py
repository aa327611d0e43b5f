"""The spare trainer gives the same training, begun sooner; without an order it exits."""

import os
import subprocess
import sys
import time

from dashboard.processes import training_processes
from dashboard.processes.spare_trainer import SpareTrainer
from engine.runs.process_identity import process_of
from tests.training import new_run, rows, wait, weights

ORDERLESS = [sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.readline()))"]


def test_a_run_by_the_trainer_in_waiting_ends_with_the_same_bits_and_is_its_own_master(tmp_path):
    cold, warm = (new_run(tmp_path / "runs") for _ in range(2))
    spare_trainer = SpareTrainer()
    spare_trainer.prepare()
    waiting = spare_trainer.process
    spare_trainer.prepare()
    assert spare_trainer.process is waiting  # one is enough
    training_processes.start(cold, tmp_path / "data")
    wait(lambda: cold.status()["state"] == "finished" and process_of(cold.status()) is None)
    training_processes.start(warm, tmp_path / "data", spare_trainer=spare_trainer)
    wait(lambda: rows(warm))
    trainer = process_of(warm.status())
    assert trainer.pid == waiting.pid and spare_trainer.process is None
    assert os.getsid(trainer.pid) == trainer.pid != os.getsid(0)  # closing our terminal is not for it
    wait(lambda: warm.status()["state"] == "finished")
    assert weights(warm) == weights(cold)
    assert warm.environment()["threads"] == cold.environment()["threads"]
    assert "Finished." in warm.log(0)[0]


def test_the_page_can_end_a_run_of_the_trainer_in_waiting(tmp_path):
    folder, spare_trainer = new_run(tmp_path / "runs", {"stages": [{"epochs": 500}]}), SpareTrainer()
    spare_trainer.prepare()
    training_processes.start(folder, tmp_path / "data", spare_trainer=spare_trainer)
    wait(lambda: rows(folder))
    training_processes.kill(folder)
    wait(lambda: folder.status()["state"] in ("stopped", "interrupted"))
    assert process_of(folder.status()) is None


def test_a_run_that_must_wait_for_the_device_is_not_given_to_it(tmp_path):
    """It would hold torch for hours."""
    first, second, spare_trainer = (
        new_run(tmp_path / "runs", {"stages": [{"epochs": 500}]}),
        new_run(tmp_path / "runs"),
        SpareTrainer(ORDERLESS),
    )
    spare_trainer.prepare()
    training_processes.start(first, tmp_path / "data")
    try:
        wait(lambda: rows(first))
        training_processes.start(second, tmp_path / "data", spare_trainer=spare_trainer)
        assert spare_trainer.process is not None
        wait(lambda: second.status()["state"] == "queued")
    finally:
        for folder in (second, first):
            training_processes.kill(folder)
        spare_trainer.close()


def test_one_that_has_waited_long_gets_no_order_any_more(tmp_path, monkeypatch):
    spare_trainer = SpareTrainer(ORDERLESS)
    spare_trainer.prepare()
    waiting = spare_trainer.process
    monkeypatch.setattr(spare_trainer, "made", time.monotonic() - 10_000)
    assert spare_trainer.take(new_run(tmp_path / "runs"), tmp_path, "run") is None
    assert waiting.wait(20) == 0  # it heard nothing


def test_it_ends_with_the_dashboard(tmp_path):
    spare_trainer = SpareTrainer(ORDERLESS)
    spare_trainer.prepare()
    waiting = spare_trainer.process
    spare_trainer.close()
    assert waiting.poll() is not None


def test_where_it_was_killed_a_run_starts_the_usual_way(tmp_path, monkeypatch):
    folder, spare_trainer = new_run(tmp_path / "runs"), SpareTrainer(ORDERLESS)
    spare_trainer.prepare()
    spare_trainer.process.kill()
    spare_trainer.process.wait()
    asked = []

    def new(*arguments):
        asked.append(arguments)
        return subprocess.Popen([sys.executable, "-c", ""])

    monkeypatch.setattr(training_processes, "_new", new)
    training_processes.start(folder, tmp_path, spare_trainer=spare_trainer)
    assert asked == [(folder, tmp_path, "run", None)]
