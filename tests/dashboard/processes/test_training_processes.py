"""Trainings are processes of their own: they outlive us, leave no zombie, and nothing but them is ever signalled."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dashboard.processes import launching, training_processes
from engine.runs import all_runs, files
from engine.runs.process_identity import identity, process_of
from engine.runs.run_folder import RunFolder
from engine.runs.trainer_process import place
from tests.dashboard.waiting import PATIENCE, until
from tests.synthetic_run import SyntheticRun, write_run

ROOT = Path(__file__).parents[3]
FAKE = Path(__file__).with_name("fake_trainer.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fake trainer speaks POSIX")


@pytest.fixture(autouse=True)
def fake_engine(monkeypatch):
    monkeypatch.setattr(launching, "ENGINE", [sys.executable, str(FAKE), "engine"])
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def folder(tmp_path):
    folder = new_run(tmp_path / "runs with 空格", "live")
    yield folder
    end(folder)


def new_run(runs, play):
    folder = all_runs.create(runs, {}, {})
    (folder.path / "play").write_text(play, encoding="utf-8")
    return folder


def end(folder):
    """Whatever the test left running."""
    member = process_of(files.read_json(folder.status_file) or {})
    if member is not None:
        for each in (*member.children(recursive=True), member):
            each.kill()


def until_state(folder, state):
    until(lambda: folder.status()["state"] == state)
    return folder.status()


def sleeper():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def test_a_training_has_a_session_of_its_own_and_its_words_are_in_the_log(folder, tmp_path):
    training_processes.start(folder, tmp_path / "my data")
    status = until_state(folder, "running")
    assert status["session"] == status["pid"] != os.getsid(0)
    assert folder.log_file.read_text(encoding="utf-8").split() == [
        "run",
        "live",
        "['--data',",
        f"'{tmp_path}/my",
        "data']",
    ]
    assert training_processes.running(folder.path.parent) == {status["pid"]: folder.id}


def test_a_training_outlives_whoever_started_it(folder, tmp_path):
    script = (
        "import sys; from pathlib import Path; from dashboard.processes import launching, training_processes\n"
        "from engine.runs.run_folder import RunFolder\n"
        f"launching.ENGINE = [sys.executable, {str(FAKE)!r}, 'engine']\n"
        f"training_processes.start(RunFolder(Path({str(folder.path)!r})), Path('.'))"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)
    assert until_state(folder, "running")["pid"] in training_processes.running(folder.path.parent)


def test_no_zombie_stays(tmp_path):
    folder = new_run(tmp_path, "finish")
    training_processes.start(folder, tmp_path)
    pid = until_state(folder, "finished")["pid"]
    until(lambda: not psutil.pid_exists(pid))


def test_a_killed_training_is_interrupted_and_the_signal_is_named(folder, tmp_path):
    training_processes.start(folder, tmp_path)
    os.kill(until_state(folder, "running")["pid"], 9)
    until(lambda: "signal 9, SIGKILL" in folder.status()["reason"])
    assert folder.status()["state"] == "interrupted"


def test_a_training_that_never_began_has_failed_with_its_exit_code(tmp_path):
    folder = new_run(tmp_path, "exit 3")
    training_processes.start(folder, tmp_path)
    assert "exit code 3" in until_state(folder, "failed")["reason"]


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
def test_a_resume_that_dies_before_it_says_a_word_has_failed_with_its_exit_code(tmp_path, state):
    folder = write_run(tmp_path, 300, state=state)
    status = files.read_json(folder.status_file)
    folder.write_status(status | {"process_created": status["process_created"] - 1})  # of a process that is no more
    (folder.path / "play").write_text("exit 3", encoding="utf-8")
    training_processes.resume(folder, tmp_path)
    until(lambda: "could not be resumed" in (folder.status()["reason"] or ""))
    status = folder.status()
    assert status["state"] == "failed" and "exit code 3" in status["reason"] and "log" in status["reason"]
    (folder.path / "play").write_text("finish", encoding="utf-8")
    training_processes.resume(folder, tmp_path)
    until_state(folder, "finished")


def test_ending_a_process_that_ends_this_very_moment_is_no_error(folder, tmp_path, monkeypatch):
    training_processes.start(folder, tmp_path)
    until_state(folder, "running")
    children = psutil.Process.children

    def gone(self, recursive=False):
        os.kill(self.pid, 9)
        self.wait(PATIENCE)
        return children(self, recursive)

    monkeypatch.setattr(psutil.Process, "children", gone)
    training_processes.kill(folder)
    assert folder.status()["state"] == "interrupted"


def test_a_process_that_may_not_be_ended_is_a_sentence(folder, tmp_path, monkeypatch):
    training_processes.start(folder, tmp_path)
    until_state(folder, "running")

    def forbidden(self):
        raise psutil.AccessDenied(self.pid)

    with monkeypatch.context() as patched:
        patched.setattr(psutil.Process, "terminate", forbidden)
        with pytest.raises(ValueError, match="belongs to another user"):
            training_processes.kill(folder)
    assert folder.status()["state"] == "running"


def test_kill_ends_a_deaf_training_and_its_children(folder, tmp_path):
    (folder.path / "play").write_text("deaf", encoding="utf-8")
    training_processes.start(folder, tmp_path)
    status = until_state(folder, "running")
    family = [status["pid"], *status["children"]]
    assert all(map(psutil.pid_exists, family))
    training_processes.kill(folder, patience=0.3)
    until(lambda: not any(map(psutil.pid_exists, family)))
    assert folder.status()["state"] == "interrupted"


def test_what_the_page_ended_by_force_says_so_whoever_writes_its_end(folder, tmp_path):
    """Who waits for the process may hear of its end before the one who ended it: both say the same."""
    (folder.path / "play").write_text("deaf", encoding="utf-8")
    training_processes.start(folder, tmp_path)
    status = until_state(folder, "running")
    folder.send("kill")
    for pid in (status["pid"], *status["children"]):
        os.kill(pid, 9)
    until(lambda: files.read_json(folder.status_file)["state"] == "interrupted")
    assert folder.status()["ending"]["code"] == "ended_from_page"


def test_a_stopped_process_is_ended_by_force(folder, tmp_path):
    training_processes.start(folder, tmp_path)
    pid = until_state(folder, "running")["pid"]
    os.kill(pid, signal.SIGSTOP)
    training_processes.kill(folder, patience=0.2)
    assert folder.status()["ending"]["code"] == "ended_from_page"
    until(lambda: not psutil.pid_exists(pid))


def test_kill_signals_nothing_but_the_process_of_this_run(folder, tmp_path):
    training_processes.start(folder, tmp_path)
    status = until_state(folder, "running")
    sentinel = sleeper()
    try:
        other = new_run(folder.path.parent, "live")
        forgeries = {
            "a process of somebody else": identity(sentinel.pid),
            "a reused process id": identity(sentinel.pid) | {"process_created": 1.0},
            "ourselves": identity(),
            "the training of another run": {key: status[key] for key in identity()},
            "another boot": identity(sentinel.pid) | {"boot_id": "before"},
            "another host": identity(sentinel.pid) | {"host": "elsewhere"},
            "no number": {"pid": "1; kill", "process_created": None},
            "a group": identity() | {"pid": -1},
        }
        for name, who in forgeries.items():
            other.write_status({"state": "running", "life": 0} | who)
            with pytest.raises(ValueError, match="nothing to kill"):
                training_processes.kill(other)
            assert sentinel.poll() is None and psutil.pid_exists(status["pid"]), name
    finally:
        sentinel.kill()
        sentinel.wait()


COPIES = {  # how a run comes to stand in a second place
    "copied": shutil.copytree,
    "linked": lambda source, target: shutil.copytree(source, target, copy_function=os.link),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_of_a_run_that_trains_says_so_ends_nothing_and_can_go_on_by_itself(folder, tmp_path, way):
    training_processes.start(folder, tmp_path)
    pid = until_state(folder, "running")["pid"]
    copies = [
        RunFolder(COPIES[way](folder.path, path))
        for path in (tmp_path / "elsewhere" / folder.id, folder.path.with_name("20260101-000000-abcd"))
    ]
    for copy in copies:
        status = copy.status()
        assert (status["state"], status["ending"]["code"]) == ("interrupted", "copied")
        assert status["claimed"] == "running" and "copy" in status["reason"]
        with pytest.raises(ValueError, match="copy"):
            training_processes.kill(copy)
    assert training_processes.running(folder.path.parent) == {pid: folder.id}
    assert training_processes.running(copies[0].path.parent) == {}
    copies[0].lock_file.unlink()  # a linked one would be that of the original
    (copies[0].path / "play").unlink()
    (copies[0].path / "play").write_text("exit 3", encoding="utf-8")
    training_processes.resume(copies[0], tmp_path)  # its status names the original's process, which lives
    until(lambda: "could not be resumed" in copies[0].status()["reason"])
    (copies[0].path / "play").write_text("finish", encoding="utf-8")
    training_processes.resume(copies[0], tmp_path)
    until_state(copies[0], "finished")
    assert folder.status()["state"] == "running" and psutil.pid_exists(pid)


def test_a_run_that_was_moved_while_it_trains_is_still_the_one(folder, tmp_path):
    training_processes.start(folder, tmp_path)
    until_state(folder, "running")
    moved = RunFolder(folder.path.rename(folder.path.parent.with_name("moved")))
    assert moved.status()["state"] == "running"
    training_processes.kill(moved)
    assert moved.status()["state"] == "interrupted"


def test_a_process_that_does_not_hold_the_lock_is_not_ended_whatever_the_status_says(folder, tmp_path):
    """Also not our own kind for a folder of that name, as another folder may have it."""
    training_processes.start(folder, tmp_path)
    status = until_state(folder, "running")
    copy = RunFolder(shutil.copytree(folder.path, tmp_path / "elsewhere" / folder.id))
    copy.write_status(status | {"place": place(copy.path, copy.lock_file)})
    old = {key: value for key, value in status.items() if key != "place"}  # before places were written down
    for forged in (copy, RunFolder(shutil.copytree(folder.path, tmp_path / "old" / folder.id))):
        forged.write_status(old if forged is not copy else files.read_json(copy.status_file))
        with pytest.raises(ValueError, match="nothing to kill"):
            training_processes.kill(forged)
    assert psutil.pid_exists(status["pid"])


def test_a_trainer_that_had_waited_is_ended_for_the_run_whose_lock_it_holds_and_for_no_other(folder):
    other = new_run(folder.path.parent, "live")
    hold = "import sys, time; lock = open(sys.argv[3], 'a'); print(flush=True); time.sleep(600)"
    words = [sys.executable, "-c", hold, "engine", "standby", str(folder.lock_file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as trainer:
        try:
            trainer.stdout.readline()
            for run in (folder, other):
                run.write_status({"state": "running", "life": 0} | identity(trainer.pid))
            with pytest.raises(ValueError, match="nothing to kill"):
                training_processes.kill(other)
            assert trainer.poll() is None
            training_processes.kill(folder)
            trainer.wait(PATIENCE)
            assert folder.status()["state"] == "interrupted"
        finally:
            trainer.kill()


def test_resume_is_for_runs_that_ended_early_with_a_checkpoint_or_without(tmp_path):
    finished = write_run(tmp_path, 300)
    active = SyntheticRun(tmp_path).folder
    for folder, why in ((finished, "is finished"), (active, "is running")):
        with pytest.raises(ValueError, match=why):
            training_processes.resume(folder, tmp_path)
    stopped, bare = (write_run(tmp_path, 300, state=state) for state in ("stopped", "failed"))
    for checkpoint in bare.checkpoint_list():
        checkpoint.path.rename(tmp_path / checkpoint.name)
    for folder in (stopped, bare):
        (folder.path / "play").write_text("finish", encoding="utf-8")
        training_processes.resume(folder, tmp_path)
        until_state(folder, "finished")
        assert "resume finish" in folder.log_file.read_text(encoding="utf-8")


def test_a_run_that_never_had_a_process_begins_anew(tmp_path):
    folder = new_run(tmp_path, "finish")
    status = files.read_json(folder.status_file)
    folder.write_status(status | {"created": time.time() - 3600})
    assert folder.status()["state"] == "interrupted"
    training_processes.resume(folder, tmp_path)
    until_state(folder, "finished")
    assert "run finish" in folder.log_file.read_text(encoding="utf-8")
