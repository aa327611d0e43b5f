"""Runs wait for the device, and start or stop when they are told."""

import signal
from contextlib import ExitStack

import pytest

from engine.process import device_queue
from engine.process.device_queue import hold_device
from engine.runs import queue_tickets, run_summary
from engine.runs.queue_tickets import BESIDE, QUEUE, TRAINS, WAITS, living, ticket_of
from engine.runs.reporter import Reporter, Stopped
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


class Voice:
    """Stands in for the reporter of one that waits: gives up after some looks, remembers whom it waited for."""

    def __init__(self, folder, looks=5):
        self.folder, self.looks, self.waited_for, self.orders = folder, looks, [], {}
        self.status = folder.status() | {"state": "starting"}

    def state(self, state, reason, waiting_for):
        self.status |= {"state": state, "waiting_for": waiting_for}
        self.waited_for.append(waiting_for)

    def listen(self):
        self.looks -= 1
        if self.looks == 0:
            raise Stopped("stopped_by_you")

    def stop(self, arguments):
        raise AssertionError("nobody asked for it")


@pytest.fixture
def queue(tmp_path, monkeypatch):
    monkeypatch.setattr(device_queue, "POLL", 0.01)
    queue = tmp_path / QUEUE / "cpu"
    queue.mkdir(parents=True)
    return queue


def waited_for(folder, looks=5):
    """Whom a run waited for at the CPU, and whether it got it."""
    voice = Voice(folder, looks)
    try:
        with hold_device(folder.path.parent, "cpu", voice):
            return voice.waited_for, True
    except Stopped:
        return voice.waited_for, False


def test_one_that_waits_and_hangs_is_passed_over_and_one_that_is_awake_is_not(queue, tmp_path, monkeypatch):
    """A ticket before ours that gives no sign: whoever is behind it goes on, with the lock."""
    monkeypatch.setattr(device_queue, "SILENCE", 0.1)
    hung, ours = new_run(tmp_path), new_run(tmp_path)
    ticket = ticket_of(queue, hung.status()["turn"], hung.id)
    queue_tickets.write(ticket, hung.id, WAITS)
    assert waited_for(ours, looks=200) == ([hung.id], True)
    monkeypatch.setattr(Voice, "listen", lambda self: (queue_tickets.give_sign(ticket, hung.id), LISTEN(self)))
    assert waited_for(ours, looks=40) == ([hung.id], False)


LISTEN = Voice.listen


@pytest.mark.parametrize("state", [TRAINS, BESIDE])
def test_one_that_trains_before_us_is_waited_for_although_it_gives_no_sign(queue, tmp_path, monkeypatch, state):
    monkeypatch.setattr(device_queue, "SILENCE", 0.01)
    before, ours = new_run(tmp_path), new_run(tmp_path)
    queue_tickets.write(ticket_of(queue, before.status()["turn"], before.id), before.id, state)
    assert waited_for(ours, looks=20) == ([before.id], False)


def test_who_waits_is_told_for_whom_also_after_one_that_was_told_to_start_beside(queue, tmp_path):
    """The holder trains, another one started beside it and ended: the holder is still who is waited for."""
    holder, eager, ours = (new_run(tmp_path) for _ in range(3))
    with ExitStack() as stack:
        stack.enter_context(hold_device(tmp_path, "cpu", Voice(holder)))
        voice = Voice(eager)
        voice.listen = lambda: voice.orders["start_now"]({})
        with hold_device(tmp_path, "cpu", voice):
            assert [(ticket.run, ticket.state) for ticket in living(queue)] == [
                (holder.id, TRAINS), (eager.id, BESIDE),
            ]  # fmt: skip
        assert waited_for(ours) == ([holder.id], False)
    assert waited_for(ours) == ([], True)
    assert list(living(queue)) == []


def test_a_resumed_run_waits_behind_those_that_came_while_it_was_away(queue, tmp_path):
    resumed, came = new_run(tmp_path), new_run(tmp_path)
    voice = Voice(resumed)
    voice.status["life"] = 1
    with hold_device(tmp_path, "cpu", voice):
        assert voice.status["turn"] > came.status()["turn"]


def test_a_stopped_process_in_the_queue_keeps_nobody_waiting(running, monkeypatch):
    """SIGSTOP to the one that waits first: as soon as the device is free, the one behind it trains."""
    folder, _ = running
    monkeypatch.setattr(device_queue, "SILENCE", 0.3)
    hung = new_run(folder.path.parent, {"stages": [{"epochs": 1}]})
    hanging = start(hung)
    try:
        wait(lambda: hung.status()["state"] == "queued", hanging)
        hanging.send_signal(signal.SIGSTOP)
        behind = new_run(folder.path.parent)
        voice = Reporter(behind, 0)
        folder.send("stop")
        with hold_device(folder.path.parent, "cpu", voice):
            assert hung.status()["state"] == "queued"
    finally:
        hanging.kill()
        hanging.wait()
