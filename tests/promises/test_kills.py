"""A step that was shown survives kill -9; a resumed training ends as if it had never been killed."""

import os
import random
import signal
import time

import pytest

from engine.runs import run_summary, series
from engine.runs.json_lines import JsonLines
from engine.runs.status_schema import ACTIVE
from engine.training import checkpoint
from tests.dashboard.asking import client_of
from tests.forked_processes import Nursery
from tests.serving import ask, forked_dashboard
from tests.training import PATIENCE, TINY, finish, new_run, rows, start_from_command, weights

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="lives are forked")
TRAINER_KILLS = int(os.environ.get("THAW_TRAINER_KILLS", "5"))
PAGE_KILLS = int(os.environ.get("THAW_PAGE_KILLS", "2"))
KILLS_OF_ONE_RUN = max(5, min(25, TRAINER_KILLS // 8))
TIMES = ("seconds", "data_seconds", "images_per_second")
PLAN = TINY | {
    "augmentations": [{"name": "random_crop", "padding": 2}, {"name": "mixup"}],
    "optimizer": {"name": "adam", "learning_rate": 0.005},
    "stages": [{"epochs": 2}, {"epochs": 2, "train": ["head", "layer3"], "optimizer_state": "kept"}],
    "checkpoint_minutes": 0.01,
}  # fmt: skip


@pytest.fixture(scope="module")
def nursery():
    with Nursery("engine") as nursery:
        yield nursery


LONGER = PLAN | {"stages": [{"epochs": 15}]}


@pytest.fixture(scope="module")
def uninterrupted(nursery, tmp_path_factory):
    return never_killed(nursery, tmp_path_factory.mktemp("alone"), PLAN)


def never_killed(nursery, runs, plan):
    folder = new_run(runs, plan)
    began = time.monotonic()
    assert nursery.wait(nursery.start("run", folder.path, log=folder.log_file)) == 0, folder.log(0)[0]
    folder.seconds = time.monotonic() - began  # on this machine, at this hour
    return folder


class Watcher:
    """A page that watches a run, and what it was shown."""

    def __init__(self, runs, folder):
        self.client, self.folder = client_of(runs, runs), folder
        self.forget()

    def forget(self):
        """Of an earlier life: a resumed run begins again after its checkpoint."""
        self.loss, self.events, self.epochs, self.life = [], [], [], -1

    def look(self):
        query = f"life={self.life}&after={len(self.loss)}&event={len(self.events)}&epoch={len(self.epochs)}&names=loss"
        reply = self.client.get(f"/api/runs/{self.folder.id}/live?{query}")
        if reply.status_code == 204:
            return
        news = reply.json()
        if news["life"] != self.life:
            self.forget()
            self.life = news["life"]
        self.loss[news["after"] :] = news["series"].get("loss", [])
        self.events += [row["seq"] for row in news["events"] if row["seq"] > len(self.events)]
        self.epochs += [row["epoch"] for row in news["epochs"] if row["epoch"] > len(self.epochs)]

    def check(self):
        """All that was shown is on disk, in order and without a gap: in the curves, or, where a life that was killed
        right after it began had put the rows after its checkpoint aside, in series/before_life_N."""
        places = [self.folder.series, *self.folder.series.glob("before_life_*")]
        kept = [series.read(place, "loss", 0, len(self.loss)).tolist() for place in places]
        assert any(self.loss == pytest.approx(values, rel=1e-5) for values in kept if len(values) == len(self.loss))
        sequence = [event["seq"] for event in self.folder.events()]
        assert sequence == list(range(1, len(sequence) + 1)) and len(sequence) >= len(self.events)
        rows_of_epochs = [self.folder.epochs(), *(JsonLines(place / "epochs.jsonl").rows() for place in places[1:])]
        numbers = [[row["epoch"] for row in epochs] for epochs in rows_of_epochs]
        assert all(epochs == list(range(1, len(epochs) + 1)) for epochs in numbers)
        assert max(map(len, numbers)) >= len(self.epochs)


def a_life(nursery, folder, watcher, dice, longest):
    """Start or resume, watch, stop and let go on now and then, and kill -9; whether it was killed.

    Killed at a random time, or a moment after a random iteration (also while it validates or saves).
    """
    word = "resume" if folder.written_status().get("pid") else "run"
    pid = nursery.start(word, folder.path, log=folder.log_file)
    by_time, target = dice.random() < 0.3, rows(folder) + dice.randrange(5)
    until = time.monotonic() + (dice.uniform(0, longest) if by_time else PATIENCE)
    while time.monotonic() < until:
        watcher.look()
        if dice.random() < 0.02:
            os.kill(pid, signal.SIGSTOP)
            watcher.look()
            time.sleep(dice.uniform(0, 0.1))
            os.kill(pid, signal.SIGCONT)
        status = folder.written_status()
        trains = status.get("pid") == pid and status["state"] == "running"
        if not by_time and ((trains and rows(folder) >= target) or status["state"] == "finished"):
            until = min(until, time.monotonic() + dice.uniform(0, longest / 10))
        time.sleep(0.01)
    return nursery.kill(pid) == -signal.SIGKILL


def assert_same(one, other):
    assert weights(one) == weights(other)
    for name in set(series.names(one.series)) - set(TIMES):
        assert series.read(one.series, name).tobytes() == series.read(other.series, name).tobytes(), name


def test_whatever_was_shown_survives_kill_9_and_every_resume_ends_bit_equal(nursery, uninterrupted, tmp_path):
    """A step that a page has shown is on disk although the training is killed at that moment, every checkpoint loads,
    and a training that was killed many times ends with the same bits as one that never was."""
    dice, kills, number, places = random.Random(3), 0, 0, []
    while kills < TRAINER_KILLS:
        runs = tmp_path / f"{number} 张三"
        folder = new_run(runs, PLAN)
        watcher, number = Watcher(runs, folder), number + 1
        for _ in range(KILLS_OF_ONE_RUN):
            if not a_life(nursery, folder, watcher, dice, uninterrupted.seconds):
                break  # it was over before
            kills += 1
            places.append(rows(folder))
            assert folder.status()["state"] in ("interrupted", "finished") or not folder.written_status().get("pid")
            watcher.check()
            for saved in folder.checkpoint_list():
                assert all(value.isfinite().all() for value in checkpoint.load_weights(saved).values())
                assert checkpoint.load_training(saved)["position"]["iteration"] == saved.about()["iteration"]
        if folder.status()["state"] != "finished":
            word = "resume" if folder.written_status().get("pid") else "run"
            assert nursery.wait(nursery.start(word, folder.path, log=folder.log_file)) == 0, folder.log(0)[0]
        assert_same(uninterrupted, folder)
        assert [row["epoch"] for row in folder.epochs()] == [1, 2, 3, 4]
        assert not list(folder.checkpoints.glob(".unfinished-*"))
        print(f"{kills} kills, {number} trainings bit-equal, killed after {sorted(places)} iterations", flush=True)


@pytest.mark.slow
def test_a_forked_life_is_like_any_other(uninterrupted, tmp_path):
    """What these tests measure is what the product does: a process started the usual way has the same bits."""
    folder = new_run(tmp_path, PLAN)
    finish(folder, start=start_from_command)
    assert_same(uninterrupted, folder)


def test_a_page_that_is_killed_again_and_again_shows_every_row_and_changes_no_training(nursery, tmp_path):
    """The dashboard is killed at random while trainings run; each new one shows them without a gap."""
    runs, dice, kills = tmp_path / "张三 的电脑", random.Random(5), 0
    uninterrupted = never_killed(nursery, tmp_path / "alone", LONGER)
    runs.mkdir()
    folder = None
    with Nursery("dashboard") as pages:
        while kills < PAGE_KILLS:
            if folder is None or folder.status()["state"] not in ACTIVE:
                if folder is not None:
                    assert_same(uninterrupted, folder)
                folder, shown = new_run(runs, LONGER), []
                trainer = nursery.start("run", folder.path, log=folder.log_file)
            with forked_dashboard(pages, runs) as (address, page):
                end = time.monotonic() + dice.uniform(0.05, 1.0)
                while time.monotonic() < end:
                    now = ask(address, f"api/runs/{folder.id}/live?after=0&names=loss")
                    loss = now["series"].get("loss", [])
                    assert loss[: len(shown)] == shown  # all that an earlier page has shown is there, and the same
                    shown = loss
                    time.sleep(dice.uniform(0, 0.1))
            assert page.returncode == -signal.SIGKILL
            kills += 1
            print(f"{kills} kills of the dashboard", flush=True)
        assert nursery.wait(trainer) == 0
    assert_same(uninterrupted, folder)
    assert len(run_summary.summary(folder)["status"]["stages"]) == 1
