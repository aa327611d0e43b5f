"""One run has one trainer, one device one training; nothing is left over; the state that is shown is the true one."""

import itertools
import os
import random
import signal
import sys
import time

import psutil
import pytest
from PIL import Image

from engine.evaluation import evaluate
from engine.process.run_process import train_run
from engine.runs import files, reporter
from engine.runs.all_runs import create
from engine.runs.process_identity import identity, process_of
from engine.runs.status_schema import ACTIVE
from engine.training import checkpoint
from tests.dashboard.asking import client_of
from tests.forked_processes import Nursery
from tests.training import PATIENCE, TINY, new_run, rows, weights

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="lives are forked")
LONG = TINY | {"stages": [{"epochs": 10_000}], "checkpoint_minutes": 60}
CYCLES = int(os.environ.get("THAW_START_STOP_CYCLES", "3"))
CHANGES = int(os.environ.get("THAW_STATE_CHANGES", "6"))
LATEST = 5  # seconds until a change must be seen


@pytest.fixture(scope="module")
def nursery():
    with Nursery("engine") as nursery:
        yield nursery


def until(what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def begin(nursery, folder, word="run"):
    return nursery.start(word, folder.path, log=folder.log_file)


# --- one run, one trainer; one device, one training


def test_fifty_starts_of_one_run_at_once_are_one_trainer(nursery, tmp_path):
    """However many processes begin a run at the same moment, one trains it and the others end without touching it."""
    folder = new_run(tmp_path / "runs", TINY | {"stages": [{"epochs": 1}]})
    lives = [begin(nursery, folder) for _ in range(50)]
    ends = sorted(nursery.wait(pid) for pid in lives)
    assert ends == [0] + [3] * 49
    assert folder.status()["state"] == "finished" and rows(folder) == 10
    assert [event["kind"] for event in folder.events()].count("starting") == 1
    refused = [line for line in folder.log(0)[0].splitlines() if line.startswith("ValueError")]
    assert len(refused) == 49
    assert all("already has a trainer" in line or "is finished" in line for line in refused), refused


def test_five_runs_of_one_device_train_one_at_a_time_in_the_order_they_were_made(nursery, tmp_path):
    """Runs that want the same device wait in their own processes, and the one that was made first goes first."""
    folders = [new_run(tmp_path / "runs", TINY | {"stages": [{"epochs": 1}]}) for _ in range(5)]
    waiting = begin(nursery, folders[0])
    until(lambda: folders[0].status()["state"] == "running")
    lives = [waiting, *(begin(nursery, folder) for folder in reversed(folders[1:]))]
    assert [nursery.wait(pid) for pid in lives] == [0] * 5
    status = [folder.status() for folder in folders]
    assert sorted(status, key=lambda one: one["started"]) == status
    for before, after in itertools.pairwise(status):
        assert after["started"] >= before["ended"] - 0.5  # `ended` is written after the device is given back


def test_a_queue_whose_first_was_killed_goes_on(nursery, tmp_path):
    """A training that is killed gives its device back, and who waits is not kept waiting by the dead."""
    first, second, third = (new_run(tmp_path / "runs", LONG) for _ in range(3))
    lives = []
    for folder in (first, second, third):
        lives.append(begin(nursery, folder))
        until(lambda folder=folder: folder.status()["state"] in ("running", "queued"))
    nursery.kill(lives[1])
    nursery.kill(lives[0])
    until(lambda: third.status()["state"] == "running")
    nursery.kill(lives[2])


# --- clocks and boots


@pytest.mark.parametrize("hours", [-24, -0.001, 0.001, 24])
def test_a_living_training_lives_whatever_somebody_does_to_the_clock(tmp_path, monkeypatch, hours):
    """Setting the clock back or forward makes no run look interrupted and lets no command or queue get stuck."""
    folder = create(tmp_path, {}, {})
    folder.write_status({"state": "running", "life": 0} | identity())
    shift = hours * 3600
    really, began = time.time, psutil.Process.create_time
    monkeypatch.setattr(time, "time", lambda: really() + shift)
    monkeypatch.setattr(psutil, "boot_time", lambda real=psutil.boot_time: real() + shift)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: began(self) + shift)  # as it follows the boot time
    if sys.platform.startswith("linux"):
        assert folder.status()["state"] == "running" and process_of(folder.status()).pid == os.getpid()
        assert abs(time.time() - folder.status()["updated"]) < 30  # it gave a sign just now, by any clock
        silent = files.read_json(folder.status_file)
        files.replace_json(folder.status_file, silent | {"uptime": silent["uptime"] - 90})
        assert 90 <= time.time() - folder.status()["updated"] < 120
    (folder.commands / "000001.json").touch()  # a page was killed while it wrote this one
    later = really() - 60
    os.utime(folder.commands / "000001.json", (later, later))
    number = folder.send("pause")
    if abs(shift) > 60:
        assert [order["number"] for order in folder.pending(0)] == [number]


def test_a_run_of_another_boot_is_interrupted_although_its_process_id_lives(tmp_path):
    """After a power cut and a reboot nothing runs for ever: the same process id now belongs to somebody else."""
    folder = create(tmp_path, {}, {})
    for change in ({"boot_id": "before the power cut"}, {"process_created": 1.0}, {"pid": 2**22 + 1}):
        folder.write_status({"state": "running", "life": 0} | identity() | change)
        assert folder.status()["state"] == "interrupted", change
    folder.write_status({"state": "running", "life": 0} | identity())
    assert folder.status()["state"] == "running"


# --- nothing is left over


@pytest.fixture
def pictures(tmp_path):
    """A folder of images that processes decode anew in each epoch."""
    for name in ("cats & co", "狗"):
        for number in range(40):
            path = tmp_path / "pictures 图" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (12, 12), (number * 6, 90, 30)).save(path)
    return {"name": "image_folder", "path": str(tmp_path / "pictures 图"), "image_size": 16, "storage": "files"}


def test_a_hundred_starts_and_stops_leave_no_process_behind(nursery, tmp_path, pictures):
    """After Stop, SIGTERM or kill -9 there is neither the training nor one of the processes that read its images."""
    dice = random.Random(2)
    ways = ("stop", "sigterm", "kill")
    for cycle in range(CYCLES):
        folder = new_run(tmp_path / "runs", LONG | {"data": pictures, "batch_size": 8})
        pid = begin(nursery, folder)
        until(lambda folder=folder: rows(folder) > dice.randrange(12))
        family = psutil.Process(pid).children(recursive=True)
        way = ways[cycle % len(ways)]
        if way == "stop":
            folder.send("stop")
        else:
            os.kill(pid, signal.SIGTERM if way == "sigterm" else signal.SIGKILL)
        assert nursery.wait(pid) == (-signal.SIGKILL if way == "kill" else 0)
        assert folder.status()["state"] == ("interrupted" if way == "kill" else "stopped")
        psutil.wait_procs(family, timeout=PATIENCE)
        assert not [member for member in family if member.is_running()], way
    assert psutil.Process(nursery.process.pid).children(recursive=True) == []


# --- the state that is shown is the true one


MOVES = {
    "running": ("pause", "stop", "sigterm", "kill", "hang"),
    "paused": ("resume", "stop", "sigterm", "kill"),
    "stopped": ("start",),
    "interrupted": ("start",),
}
LEADS_TO = {"pause": "paused", "resume": "running", "stop": "stopped", "sigterm": "stopped", "kill": "interrupted",
            "start": "running", "hang": "running"}  # fmt: skip


def test_the_state_that_is_shown_is_the_true_one_after_any_order_of_events(nursery, tmp_path):
    """Start, pause, resume, stop, SIGTERM, kill -9 and hanging in random order: what the page is told is what is so,
    five seconds later at the latest, with the reason."""
    runs, dice = tmp_path / "runs", random.Random(11)
    folder = new_run(runs, LONG)
    client = client_of(runs, runs)

    def shown():
        return client.get(f"/api/runs/{folder.id}").json()["status"]

    pid, state, walked = begin(nursery, folder), "running", []
    until(lambda: shown()["state"] == "running")
    for _ in range(CHANGES):
        move = dice.choice(MOVES[state])
        walked.append(move)
        if move == "start":
            pid = begin(nursery, folder, "resume")
            until(lambda: shown()["state"] not in ("stopped", "interrupted"))
            until(lambda: shown()["state"] == "running")
        elif move == "hang":
            os.kill(pid, signal.SIGSTOP)
            assert shown()["state"] == "running"  # it lives; that it is silent is told by the age of its last sign
            os.kill(pid, signal.SIGCONT)
        elif move in ("sigterm", "kill"):
            os.kill(pid, signal.SIGTERM if move == "sigterm" else signal.SIGKILL)
            nursery.wait(pid)
        else:
            folder.send(move)
        state = LEADS_TO[move]
        until(lambda state=state: shown()["state"] == state, LATEST if move == "kill" else PATIENCE)
        alive = process_of(files.read_json(folder.status_file)) is not None
        assert alive == (shown()["state"] in ACTIVE) or state == "stopped", walked
        assert state in ("running", "paused") or shown()["reason"], walked
    if state in ACTIVE:
        nursery.kill(pid)


def test_stop_ends_in_one_clear_state_wherever_it_comes(nursery, tmp_path):
    """Stop before the first step, in an epoch, about its end, twice, and after the end."""
    for after in (0, 9, 11):
        folder = new_run(tmp_path / "runs", TINY | {"stages": [{"epochs": 2}]})
        pid = begin(nursery, folder)
        until(lambda folder=folder, after=after: rows(folder) >= after)
        for _ in range(2):
            folder.send("stop")
        assert nursery.wait(pid) == 0
        status = folder.status()
        assert status["state"] in ("stopped", "finished") and status["ended"], status
        if status["state"] == "finished":
            assert rows(folder) == 20
        elif rows(folder) or folder.checkpoint_list():
            assert folder.find_checkpoint("stop").about()["iteration"] == status["iteration"] == rows(folder)
        else:  # while its data were loaded: nothing was there yet to be kept
            assert after == 0 and not status.get("iteration")
        folder.send("stop")
        assert folder.status()["state"] == status["state"]


HELD_OUT = TINY | {"validation": 0.2, "stages": [{"epochs": 2}]}  # 8 iterations an epoch
MOMENTS = {  # what is under way, which time it is called, and after how many iterations the run then ends
    "validation": (evaluate, "logits_of", 1, 8),
    "last validation": (evaluate, "logits_of", 2, 16),
    "test": (evaluate, "logits_of", 3, 16),
    "checkpoint": (checkpoint, "_sha256", 1, 9),
    "last checkpoint": (checkpoint, "_sha256", 3, 16),
}


@pytest.fixture(scope="module")
def never_stopped(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("whole"), HELD_OUT)
    assert train_run(folder, folder.path) == "finished", folder.log(0)[0]
    return folder


@pytest.mark.parametrize("way", ["stop", "sigterm"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_stop_in_the_midst_of_a_validation_or_a_checkpoint_leaves_a_whole_one(
    never_stopped, moment, way, tmp_path, monkeypatch
):
    """The command arrives while images are scored, or between two files of a checkpoint: what is begun is finished or
    left, the end is said, the checkpoint loads, and the resumed run is the one that never stopped."""
    folder, calls = new_run(tmp_path, HELD_OUT), itertools.count(1)
    place, name, when, iteration = MOMENTS[moment]
    real = getattr(place, name)

    def interrupted(*arguments, **more):
        if next(calls) == when:
            if way == "stop":
                folder.send("stop")
            else:
                signal.raise_signal(signal.SIGTERM)
        return real(*arguments, **more)

    monkeypatch.setattr(reporter, "LISTEN_EVERY", 0.0)
    monkeypatch.setattr(place, name, interrupted)
    assert train_run(folder, tmp_path) == "stopped", folder.log(0)[0]
    status, saved = folder.status(), folder.find_checkpoint("stop")
    assert status["state"] == "stopped" and status["reason"] and status["ended"]
    assert saved.about()["iteration"] == status["iteration"] == rows(folder) == iteration
    assert checkpoint.load_weights(saved) and checkpoint.load_training(saved)["position"]["iteration"] == iteration
    assert not list(folder.checkpoints.glob(".unfinished-*"))
    assert [event["kind"] for event in folder.events()].count("stopped") == 1
    assert train_run(folder, tmp_path, resume=True) == "finished"
    assert weights(folder) == weights(never_stopped)
    assert [row["val.top1"] for row in folder.epochs()] == [row["val.top1"] for row in never_stopped.epochs()]
