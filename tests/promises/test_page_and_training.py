"""The page and the trainings are separate lives: closing, killing or freezing the page changes no training."""

import os
import signal
import threading
import time
import uuid

import psutil
import pytest

from engine.runs import all_runs, series, status_schema
from tests.forked_processes import Nursery
from tests.serving import ask, dashboard, forked_dashboard
from tests.training import PATIENCE, TINY, finish, new_run, rows, start, wait

PLAN = TINY | {"stages": [{"epochs": 5}]}
TABS = 12
TIMES = ("seconds", "data_seconds", "images_per_second")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The same training with no page anywhere."""
    folder = new_run(tmp_path_factory.mktemp("alone"), PLAN)
    finish(folder)
    return folder


@pytest.fixture(scope="module")
def pages():
    with Nursery("dashboard") as pages:
        yield pages


@pytest.fixture
def here(tmp_path):
    """A folder of runs as people have them."""
    return tmp_path / "张三 的电脑" / "runs"


def start_from(address, runs):
    answer = ask(address, "api/runs", {"config": PLAN, "label": "here", "request": str(uuid.uuid4())})
    return all_runs.find(runs, answer["id"])


def wait_for_end(folder):
    until = time.monotonic() + PATIENCE
    while folder.status()["state"] in status_schema.ACTIVE:
        assert time.monotonic() < until, folder.status()
        time.sleep(0.05)
    assert folder.status()["state"] == "finished", folder.status()


def assert_same(alone, folder):
    for name in set(series.names(alone.series)) - set(TIMES):
        assert series.read(alone.series, name).tobytes() == series.read(folder.series, name).tobytes(), name


def test_a_training_goes_on_when_the_page_is_killed_and_a_new_page_shows_it_without_a_gap(alone, pages, here):
    """Killing the page changes no training, and a new page shows every step of it."""
    with forked_dashboard(pages, here) as (address, process):
        folder = start_from(address, here)
        wait(lambda: rows(folder) > 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert folder.status()["state"] == "running"
    with forked_dashboard(pages, here) as (address, _):
        assert ask(address, f"api/runs/{folder.id}")["status"]["state"] in ("running", "finished")
        wait_for_end(folder)
        live = ask(address, f"api/runs/{folder.id}/live?after=0&names=loss")
    shown = live["series"]["loss"]
    logged = series.read(folder.series, "loss")
    assert live["rows"] == len(shown) == len(logged) == 50
    assert shown == pytest.approx(logged.tolist(), rel=1e-4)
    assert_same(alone, folder)


def test_twelve_open_tabs_change_nothing(alone, pages, here):
    """Twelve pages ask for all that is new, as fast as they get answers, from the start to the end of a training."""
    with forked_dashboard(pages, here) as (address, _):
        folder = start_from(address, here)
        over, shown = threading.Event(), [0] * TABS

        def tab(number):
            while not over.wait(0.25):
                query = "after=0&names=" + ",".join(series.names(folder.series))
                shown[number] = ask(address, f"api/runs/{folder.id}/live?{query}")["rows"]

        tabs = [threading.Thread(target=tab, args=(number,)) for number in range(TABS)]
        for one in tabs:
            one.start()
        wait_for_end(folder)
        time.sleep(1)
        over.set()
        for one in tabs:
            one.join()
    assert shown == [50] * TABS
    assert_same(alone, folder)


@pytest.mark.slow
def test_a_page_that_hangs_for_a_minute_delays_no_step(here, tmp_path):
    """SIGSTOP for sixty seconds while a training goes on: no step waits for the page, and the numbers are the same."""
    plan = PLAN | {"stages": [{"epochs": int(os.environ.get("THAW_MINUTE_EPOCHS", "600"))}], "checkpoint_minutes": 60}
    alone = new_run(tmp_path / "alone", plan)
    assert start(alone).wait(900) == 0
    with dashboard(here) as (address, process):
        answer = ask(address, "api/runs", {"config": plan, "request": str(uuid.uuid4())})
        folder = all_runs.find(here, answer["id"])
        wait(lambda: rows(folder) > 2)
        process.send_signal(signal.SIGSTOP)
        before, stopped = rows(folder), time.monotonic()
        while time.monotonic() - stopped < 60 and folder.status()["state"] == "running":
            time.sleep(1)
        assert rows(folder) - before > 200
        process.send_signal(signal.SIGCONT)
        while folder.status()["state"] == "running":
            time.sleep(0.5)
    assert folder.status()["state"] == "finished"
    assert max(series.read(folder.series, "seconds")) < 30
    assert_same(alone, folder)


def test_a_page_that_hangs_delays_no_step(alone, pages, here):
    """The page is stopped by SIGSTOP while the training runs to its end."""
    with forked_dashboard(pages, here) as (address, process):
        folder = start_from(address, here)
        wait(lambda: rows(folder) > 2)
        process.send_signal(signal.SIGSTOP)
        wait_for_end(folder)
        process.send_signal(signal.SIGCONT)
        assert ask(address, f"api/runs/{folder.id}")["status"]["state"] == "finished"
    assert_same(alone, folder)


def test_a_killed_trainer_is_shown_as_interrupted_and_can_be_resumed_from_the_page(alone, pages, here):
    """A killed training is shown as interrupted within five seconds, with all its steps, and Resume ends bit-equal."""
    with forked_dashboard(pages, here) as (address, _):
        folder = start_from(address, here)
        wait(lambda: rows(folder) > 25)
        psutil.Process(folder.status()["pid"]).kill()
        killed, before = time.monotonic(), rows(folder)
        while ask(address, f"api/runs/{folder.id}")["status"]["state"] != "interrupted":
            assert time.monotonic() - killed < 5
            time.sleep(0.1)
        assert rows(folder) >= before
        ask(address, f"api/runs/{folder.id}/resume", {})
        wait(lambda: folder.status().get("life") == 1)
        wait_for_end(folder)
    assert_same(alone, folder)


def test_a_queued_run_starts_by_itself_although_the_page_was_closed(pages, here):
    """A run that waits for the device needs no page: it starts when its turn comes."""
    with forked_dashboard(pages, here) as (address, process):
        both = [start_from(address, here) for _ in range(2)]
        wait(lambda: "queued" in [folder.status()["state"] for folder in both])
        process.send_signal(signal.SIGKILL)
        process.wait()
    for folder in both:
        wait_for_end(folder)
    first, second = sorted((folder.status() for folder in both), key=lambda status: status["started"])
    assert [rows(folder) for folder in both] == [50, 50]
    assert second["started"] >= first["ended"] - 0.5
