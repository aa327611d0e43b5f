"""A checkpoint is whole or absent, and a full or failing disk costs no finished work: every operation fails once."""

import asyncio
import errno
import itertools
import os
import random
import subprocess
import sys

import pytest
import torch
from torch import nn

from dashboard.routes import uploads
from engine.process.run_process import train_run
from engine.runs import all_runs, files, series
from engine.runs.run_folder import RunFolder
from engine.training import checkpoint
from tests.dashboard.asking import client_of
from tests.faulty_files import FaultyDisk, PowerCut
from tests.training import TINY, new_run, rows, weights

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the faulty disk reads /proc")
pytestmark = linux
PLAN = TINY | {"stages": [{"epochs": 2}], "data": {"name": "digits", "limit": 96}, "checkpoint_minutes": 0.01}
TIMES = ("seconds", "data_seconds", "images_per_second")
SAMPLES = int(os.environ.get("THAW_DISK_FAULTS", "3"))


# --- a checkpoint is whole or absent


def save(folder, iteration, value):
    model = nn.Linear(3, 2)
    nn.init.constant_(model.weight, value)
    about = {"iteration": iteration, "epoch": 1, "stage": 0, "top1": None}
    checkpoint.save(folder, model, {"value": value}, about, ["last"])


def value_of(saved):
    """The number that a checkpoint was saved with; raises ValueError where weights or state are not whole."""
    value = checkpoint.load_training(saved)["value"]
    assert checkpoint.load_weights(saved)["weight"].unique().tolist() == [value]
    return value


@pytest.fixture(params=["another iteration", "the same iteration"])
def saving(request, tmp_path):
    """A folder with checkpoint 1, and the function that saves checkpoint 2, of a later or of the same iteration."""
    numbers = itertools.count()

    def make():
        folder = RunFolder(tmp_path / f"{next(numbers)} 张三")
        save(folder, 1, 1.0)
        return folder, lambda: save(folder, 2 if request.param.startswith("another") else 1, 2.0)

    return make


def each_operation(make, **fault):
    """Fail at the first operation, the second, ... until nothing fails; gives the folder after each."""
    for number in itertools.count(1):
        folder, work = make()
        (name, value), *more = fault.items()
        with FaultyDisk(folder.path, **{name: number if value is None else value}, **dict(more)) as disk:
            try:
                work()
                failed = False
            except (OSError, PowerCut):
                failed = True
        yield folder, disk, failed
        if len(disk.operations) < number:
            assert number > 10, disk.operations
            return


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EROFS, errno.ESTALE])
def test_a_checkpoint_is_whole_or_absent_whichever_operation_fails(saving, error):
    """If any open, write, fsync or rename fails while a checkpoint is saved, there is the old or the new one, whole."""
    for folder, _, failed in each_operation(saving, fail_at=None, error=error):
        listed = [value_of(saved) for saved in folder.checkpoint_list()]
        assert listed and listed[-1] in (1.0, 2.0)
        assert failed or listed[-1] == 2.0


def test_a_checkpoint_is_whole_or_absent_when_the_disk_is_full(saving):
    """With no room left from any operation on, the old checkpoint stays, and the next one after that is whole."""
    for folder, _, failed in each_operation(saving, full_from=None):
        listed = [value_of(saved) for saved in folder.checkpoint_list()]
        assert listed and (failed or listed[-1] == 2.0)
        save(folder, 3, 3.0)
        assert [value_of(saved) for saved in folder.checkpoint_list()][-1] == 3.0
        assert not list(folder.checkpoints.glob(".unfinished-*"))


def test_a_checkpoint_is_whole_or_absent_when_the_process_is_killed(saving):
    """kill -9 at any operation of saving leaves the old or the new checkpoint, never half of one."""
    for number in itertools.count(1):
        folder, work = saving()
        child = os.fork()
        if child == 0:
            with FaultyDisk(folder.path, kill_at=number):
                work()
            os._exit(0)
        killed = os.waitpid(child, 0)[1] != 0
        listed = [value_of(saved) for saved in folder.checkpoint_list()]
        assert listed and (killed or listed[-1] == 2.0)
        if not killed:
            assert number > 10
            return


def test_after_a_power_cut_there_is_a_whole_checkpoint(saving):
    """Whatever had not reached the disk when the power went, the newest checkpoint that is whole is the old or the new
    one, and one that is not whole is refused by name."""
    refused = 0
    for folder, disk, failed in each_operation(saving, cut_at=None):
        disk.power_cut()
        whole = []
        for saved in folder.checkpoint_list():
            try:
                whole.append(value_of(saved))
            except ValueError as error:
                assert saved.name in str(error)
                refused += 1
        assert whole, disk.operations
        assert failed or whole[-1] == 2.0, "what was reported as saved is lost"
    assert refused == 0


def test_the_faulty_disk_takes_away_what_was_not_synced(tmp_path):
    """The tool itself: without fsync nothing is left, with it everything."""
    with FaultyDisk(tmp_path) as disk:
        (tmp_path / "lost").write_bytes(b"x" * 10)
        files.write_durably(tmp_path / "kept", lambda file: file.write(b"y" * 10))
        files.append_line(tmp_path / "kept", {"not": "synced"})
    disk.power_cut()
    assert (tmp_path / "lost").read_bytes() == b"" and (tmp_path / "kept").read_bytes() == b"y" * 10


# --- a full or failing disk costs no finished work


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("runs"), PLAN)
    torch.set_num_threads(1)
    with FaultyDisk(folder.path) as disk:
        assert train_run(folder, folder.path) == "finished"
    folder.operations = disk.operations
    return folder


def some(operations):
    """Numbers of operations spread over a training, of every kind, the same in each run of the tests."""
    dice = random.Random(7)
    by_kind: dict[tuple, list[int]] = {}
    for number, (kind, path) in enumerate(operations, 1):
        by_kind.setdefault((kind, os.path.basename(path).split(".")[-1]), []).append(number)
    everything = [dice.choice(numbers) for numbers in by_kind.values()]
    dice.shuffle(everything)
    everything += [dice.randrange(1, len(operations)) for _ in range(SAMPLES)]
    return sorted(everything[:SAMPLES])


def assert_same(one, other):
    assert weights(one) == weights(other)
    for name in set(series.names(one.series)) - set(TIMES):
        assert series.read(one.series, name).tobytes() == series.read(other.series, name).tobytes(), name


def assert_recovers(uninterrupted, folder):
    """Every checkpoint loads, and the run goes on to the same end once the disk works again."""
    for saved in folder.checkpoint_list():
        checkpoint.load_weights(saved)
        checkpoint.load_training(saved)
    status = folder.status()
    if status["state"] != "finished":
        assert train_run(folder, folder.path, resume=bool(status.get("pid"))) == "finished", folder.log(0)[0]
    assert_same(uninterrupted, folder)
    assert [row["epoch"] for row in folder.epochs()] == [1, 2]


def test_a_full_disk_costs_no_finished_work(uninterrupted, tmp_path):
    """From some operation on there is no room: the run ends and says that the disk is full, its checkpoints load, and
    with room again it goes on to the same bits."""
    for number in some(uninterrupted.operations):
        folder = new_run(tmp_path / str(number), PLAN)
        with FaultyDisk(folder.path, full_from=number):
            train_run(folder, folder.path)
        status = folder.status()
        assert status["state"] == "failed" and status["ending"]["code"].startswith("disk_full"), (number, status)
        assert " is full " in status["reason"] and str(folder.path) in status["reason"] and " free" in status["reason"]
        assert "Free some space" in status["reason"]
        assert_recovers(uninterrupted, folder)


@pytest.mark.parametrize("error", [errno.EIO, errno.EDQUOT])
def test_one_failed_operation_costs_no_finished_work(uninterrupted, tmp_path, error):
    """One operation fails: either it did not matter, or the run ends with a sentence that says what failed."""
    for number in some(uninterrupted.operations):
        folder = new_run(tmp_path / str(number), PLAN)
        with FaultyDisk(folder.path, fail_at=number, error=error) as disk:
            state = train_run(folder, folder.path)
        if state == "failed":
            reason = folder.status()["reason"]
            assert "press Resume" in reason, (disk.operations[number - 1], reason)
            assert {errno.EDQUOT: "your disk quota is used up", errno.EIO: "reports an error"}[error] in reason
        assert_recovers(uninterrupted, folder)


def test_after_a_power_cut_a_training_goes_on_to_the_same_bits(uninterrupted, tmp_path):
    """The power goes at some operation, and with it all that was not synced: curves may have a gap, weights none."""
    for number in some(uninterrupted.operations):
        folder = new_run(tmp_path / str(number), PLAN)
        with FaultyDisk(folder.path, cut_at=number) as disk, pytest.raises(PowerCut):
            train_run(folder, folder.path)
        disk.power_cut()
        if folder.status()["state"] == "damaged" or "seed" not in folder.config():
            pytest.fail(f"the run does not open any more: {folder.status()}")
        state = folder.status()
        folder.write_status(state | {"state": "interrupted"})  # this process still lives
        assert train_run(folder, folder.path, resume=bool(state.get("pid"))) == "finished"
        assert weights(folder) == weights(uninterrupted)
        assert rows(folder) == rows(uninterrupted)
        newest = series.read(folder.series, "loss")[-1]
        assert newest == series.read(uninterrupted.series, "loss")[-1]


async def _chunks(count, broken_after):
    for number in range(count):
        if number == broken_after:
            raise ConnectionResetError("the browser is gone")
        yield b"x" * 1000


@pytest.mark.parametrize("fault", ["full", "read-only", "connection"])
def test_an_upload_that_cannot_be_finished_leaves_nothing_behind(tmp_path, fault):
    """The disk is full or read-only, or the browser goes away in the middle: no part of the file stays."""
    faults = {"full": {"full_from": 3}, "read-only": {"fail_at": 2, "error": errno.EROFS}, "connection": {}}
    with FaultyDisk(tmp_path, **faults[fault]), pytest.raises(OSError):
        asyncio.run(uploads.save(tmp_path, _chunks(40, 20 if fault == "connection" else -1)))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_on_a_disk_that_refuses_to_be_written_the_routes_say_so(tmp_path, monkeypatch):
    """A read-only folder of runs: reading goes on, and what cannot be written is told with the file's name."""
    folder = all_runs.create(tmp_path, {"seed": 1}, {})
    client = client_of(tmp_path, tmp_path)
    for error, words in (
        (errno.EROFS, "its disk is read-only"),
        (errno.ENOSPC, "its disk is full"),
        (errno.ESTALE, "cannot be reached"),
    ):
        for number, route, method, body in (
            (1, f"runs/{folder.id}", "PATCH", {"label": "x"}),
            (2, f"runs/{folder.id}/commands", "POST", {"command": "stop"}),
            (1, "runs", "POST", {"config": {}, "request": f"read-only-{error}"}),
        ):
            with FaultyDisk(tmp_path, fail_at=number, error=error):
                reply = client.request(method, f"/api/{route}", json=body)
            said = reply.json()["error"]
            assert reply.status_code == 500 and words in said and str(tmp_path) in said, (route, reply.text)
            assert ".tmp" not in said and "try again" in said
        assert client.get("/api/runs").json()["runs"][0]["label"] == ""
        assert folder.pending(0) == [] and not list(folder.commands.iterdir())


def test_a_new_run_that_finds_no_room_leaves_nothing_behind(tmp_path):
    """Start on a full disk is refused, and no half of a run stays in the list."""
    for number in itertools.count(1):
        runs = tmp_path / str(number)
        runs.mkdir()
        with FaultyDisk(runs, fail_at=number, error=errno.ENOSPC) as disk:
            try:
                all_runs.create(runs, {"seed": 1}, {})
            except OSError:
                assert not list(all_runs.all_runs(runs))
        if len(disk.operations) < number:
            break
    assert number > 5


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount")
def test_on_a_small_disk_that_is_really_full_the_run_says_so_and_goes_on_later(uninterrupted, tmp_path):
    """The same with a real file system of a few kilobytes instead of an injected fault."""
    disk = tmp_path / "small disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "thaw", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        folder = new_run(disk, PLAN)
        ballast = disk / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            room = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            file.write(b"\0" * (room - 220_000))
        assert train_run(folder, folder.path) == "failed"
        assert f"The disk {disk} is full" in folder.status()["reason"]
        ballast.unlink()
        assert_recovers(uninterrupted, folder)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
