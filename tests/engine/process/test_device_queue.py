"""Runs wait for the device, and start or stop when they are told."""

from engine.runs import run_summary
from tests.training import new_run, rows, start, wait


def test_a_second_run_waits_for_the_device_and_starts_by_itself(running):
    folder, _ = running
    second = new_run(folder.path.parent, {"stages": [{"epochs": 1}]})
    waiting = start(second)
    wait(lambda: second.status()["state"] == "queued", waiting)
    assert second.status()["waiting_for"] == folder.id and rows(second) == 0
    folder.send("stop")
    waiting.wait(60)
    assert second.status()["state"] == "finished"
    assert run_summary.summary(second)["status"]["state"] == "finished"


def test_a_queued_run_starts_when_told_and_stops_when_told(running):
    folder, process = running
    eager, timid = (new_run(folder.path.parent, {"stages": [{"epochs": 1}]}) for _ in range(2))
    eager_process, timid_process = start(eager), start(timid)
    wait(lambda: eager.status()["state"] == timid.status()["state"] == "queued")
    timid.send("stop")
    timid_process.wait(30)
    assert timid.status()["state"] == "stopped"
    eager.send("start_now")
    eager_process.wait(60)
    assert eager.status()["state"] == "finished" and process.poll() is None
