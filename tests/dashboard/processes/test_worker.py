"""The worker answers one job after the other; whatever becomes of its process, the next job gets an answer."""

import os
import time

import psutil
import pytest

from dashboard.processes import worker as worker_module
from dashboard.processes.worker import ENDED, Worker
from tests.dashboard.conftest import FAKE_WORKER
from tests.dashboard.waiting import PATIENCE, answered, until


def test_the_process_starts_with_the_first_job_and_stays_for_the_next(worker):
    assert worker.server is None
    first, second = answered(worker, "echo", word="电池"), answered(worker, "echo")
    assert first.state == second.state == "done" and first.result["arguments"] == {"word": "电池"}
    assert first.result["pid"] == second.result["pid"] != os.getpid()
    assert first.result["threads"] == "1" and first.progress == 1


def test_jobs_are_answered_in_their_order_one_at_a_time(worker):
    slow = worker.submit("slow", {}, PATIENCE)
    others = [worker.submit("echo", {"i": i}, PATIENCE) for i in range(3)]
    until(lambda: slow.progress == 0.25)
    assert slow.text == "a quarter" and [job.state for job in others] == ["waiting"] * 3
    worker.cancel(others[0])
    worker.cancel(slow)
    until(lambda: others[2].state == "done")
    assert [job.state for job in (slow, *others)] == ["cancelled", "cancelled", "done", "done"]


def test_a_job_beyond_its_time_is_ended_and_the_next_gets_a_new_process(worker):
    before = answered(worker, "echo").result["pid"]
    late = answered(worker, "slow", limit=0.3)
    assert late.state == "failed" and "longer than" in late.error
    after = answered(worker, "echo")
    assert after.state == "done" and after.result["pid"] != before
    until(lambda: not psutil.pid_exists(before))


def test_cancelling_ends_the_children_and_a_process_that_is_not_done_soon(worker):
    job = worker.submit("family", {}, PATIENCE)
    until(lambda: job.text)
    pids = list(map(int, job.text.split()))
    worker.cancel(job)
    until(lambda: not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids))
    assert job.state == "cancelled" and answered(worker, "echo").state == "done"


def test_cancelling_a_job_that_another_process_does_ends_that_one_alone(worker):
    """A measurement is given up: its own process ends, and the next job is answered by the same engine."""
    worker.grace = PATIENCE
    before = answered(worker, "echo").result["pid"]
    job = worker.submit("helper", {}, PATIENCE)
    until(lambda: job.text)
    worker.cancel(job)
    assert answered(worker, "echo").result["pid"] == before
    assert job.state == "cancelled" and not psutil.pid_exists(int(job.text))


def test_a_process_that_is_done_soon_after_a_cancellation_answers_the_next_job(worker, tmp_path):
    """Somebody edits the form while it is being checked: no process is ended, and no answer is mixed up."""
    worker.grace = PATIENCE
    before = answered(worker, "echo").result["pid"]
    first = worker.submit("on sign", {"sign": str(tmp_path / "sign")}, PATIENCE)
    until(lambda: first.progress == 0.5)
    worker.cancel(first)
    second = worker.submit("echo", {}, PATIENCE)
    (tmp_path / "sign").touch()
    until(lambda: second.state in ENDED)
    assert (first.state, first.result, first.progress) == ("cancelled", None, 0.5)
    assert (second.state, second.result["pid"]) == ("done", before)


def test_a_process_that_still_starts_is_not_ended_by_a_cancellation(worker, tmp_path):
    """To import torch takes longer than the grace: somebody who edits meanwhile would wait for ever."""
    first = worker.submit("late", {"sign": str(tmp_path / "sign")}, PATIENCE)
    until(lambda: first.state == "running")
    worker.cancel(first)
    second = worker.submit("echo", {}, PATIENCE)
    time.sleep(3 * worker.grace)
    assert worker.server.lives() and second.state == "waiting"
    pid = worker.server.process.pid
    (tmp_path / "sign").touch()
    until(lambda: second.state in ENDED)
    assert (first.state, second.state, second.result["pid"]) == ("cancelled", "done", pid)


def test_cancelling_a_job_that_just_ends_harms_nothing_of_the_next_one(worker, tmp_path, monkeypatch):
    """The answer of the cancelled job comes before its children are ended: until they are, no other job begins."""
    worker.grace = PATIENCE
    first = worker.submit("on sign", {"sign": str(tmp_path / "sign")}, PATIENCE)
    second = worker.submit("echo", {}, PATIENCE)
    until(lambda: first.progress == 0.5)
    hurry, states = worker_module.Server.hurry, []

    def late(server):
        (tmp_path / "sign").touch()
        time.sleep(0.2)
        states.append(second.state)
        hurry(server)

    monkeypatch.setattr(worker_module.Server, "hurry", late)
    worker.cancel(first)
    until(lambda: second.state in ENDED)
    assert states == ["waiting"] and first.state == "cancelled" and (second.state, second.error) == ("done", None)


def test_a_refusal_is_a_sentence_and_costs_no_process(worker):
    before = answered(worker, "echo").result["pid"]
    refused = answered(worker, "refuse")
    assert (refused.state, refused.error) == ("failed", "the image has too many pixels")
    assert refused.as_dict()["told"] == {"code": "upload_large", "values": {"size": "9 x 9"}}
    assert answered(worker, "echo").result["pid"] == before


@pytest.mark.parametrize("kind", ["vanish", "vanish at once"])
def test_last_words_are_of_the_last_job_and_of_no_older_one(worker, kind):
    """An older job failed with a trace; the next one's process dies without a word."""
    assert answered(worker, "complain").error == "the job went wrong"
    assert answered(worker, kind).error == "the worker process ended (exit code 9)"


def test_a_process_that_dies_leaves_its_last_words(worker):
    job = answered(worker, "die")
    assert job.state == "failed" and "exit code 7" in job.error and job.error.endswith("MemoryError: no more")
    assert job.error.count("\n") <= worker_module.LAST_WORDS
    assert answered(worker, "echo").state == "done"


def test_only_answers_to_the_job_count(worker):
    job = answered(worker, "babble")
    assert job.state == "done" and job.result[0] == 1 and job.progress == 1


def test_a_pipe_that_closes_while_a_job_is_handed_over_costs_that_job_alone(worker, monkeypatch):
    def closed(server, question):
        monkeypatch.undo()
        raise ValueError("write to closed file")

    monkeypatch.setattr(worker_module.Server, "ask", closed)
    assert "could not be used: write to closed file" in answered(worker, "echo").error
    assert answered(worker, "echo").state == "done"


def test_a_command_that_cannot_start_is_said(tmp_path):
    worker = Worker([str(tmp_path / "nothing")], tmp_path)
    job = answered(worker, "echo")
    assert job.state == "failed" and "could not be used" in job.error
    worker.close()


def test_an_idle_process_ends(tmp_path):
    worker = Worker(FAKE_WORKER, tmp_path, idle=0.2)
    pid = answered(worker, "echo").result["pid"]
    until(lambda: not psutil.pid_exists(pid))
    assert answered(worker, "echo").result["pid"] != pid
    worker.close()


def test_closing_ends_everything(tmp_path):
    worker = Worker(FAKE_WORKER, tmp_path)
    pid = answered(worker, "echo").result["pid"]
    running, waiting = worker.submit("slow", {}, PATIENCE), worker.submit("echo", {}, PATIENCE)
    until(lambda: running.progress)
    worker.close()
    assert running.state == waiting.state == "cancelled" and not psutil.pid_exists(pid)
    assert not worker.thread.is_alive()
    with pytest.raises(ValueError):
        worker.submit("echo", {}, PATIENCE)


def test_queue_and_memory_are_bounded(worker, monkeypatch):
    monkeypatch.setattr(worker_module, "JOBS_KEPT", 5)
    for _ in range(12):
        answered(worker, "echo")
    assert len(worker.jobs) <= 6
    worker.submit("slow", {}, PATIENCE)
    with pytest.raises(ValueError, match="already waiting"):
        for _ in range(worker_module.MOST_WAITING + 2):
            worker.submit("echo", {}, PATIENCE)


def test_a_hundred_dead_processes_leave_no_files_open(tmp_path):
    worker, process = Worker(FAKE_WORKER, tmp_path), psutil.Process()
    answered(worker, "die")
    before = process.num_fds() if hasattr(process, "num_fds") else 0
    for _ in range(10):
        answered(worker, "die")
    worker.close()
    assert not hasattr(process, "num_fds") or process.num_fds() <= before
