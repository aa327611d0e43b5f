"""Old runs open for ever, and what a newer Thaw wrote is shown and never changed."""

import shutil
from pathlib import Path

import pytest

from dashboard.processes import training_processes
from engine.process.run_process import train_run
from engine.runs import all_runs, files
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import FORMAT
from engine.training import checkpoint
from tests.dashboard.asking import client_of

GOLDEN = Path(__file__).parent / "golden"  # one finished run of each format, as the Thaw of its time left it


def golden_runs():
    return sorted(path for path in GOLDEN.glob("format-*/*") if path.is_dir())


@pytest.fixture
def opened(tmp_path):
    """A copy of a run in a folder of runs, and a client over it."""

    def copy(source):
        runs = tmp_path / "runs 旧"
        shutil.copytree(source, runs / source.name)
        return RunFolder(runs / source.name), client_of(runs, tmp_path)

    return copy


def test_there_is_a_run_of_every_format():
    """Whoever changes the format leaves a run of the old one here."""
    assert [path.parent.name for path in golden_runs()] == [f"format-{number}" for number in range(1, FORMAT + 1)]


@pytest.mark.parametrize("source", golden_runs(), ids=lambda path: path.parent.name)
def test_a_run_of_every_format_opens_with_all_it_has(opened, source):
    """Curves, epochs, events, maps, log, checkpoints and settings of an old run are read as they were written."""
    folder, client = opened(source)
    about = client.get(f"/api/runs/{folder.id}").json()
    assert about["status"]["state"] == "finished" and about["config"]["model"]["name"] == "resnet"
    assert about["rows"] == about["status"]["iterations"] == 6 and about["epochs"] == 2
    whole = client.get(f"/api/runs/{folder.id}/live?names=loss,accuracy").json()
    assert len(whole["series"]["loss"]) == 6 and len(whole["epochs"]) == 2 and whole["events"]
    assert client.get(f"/api/runs/{folder.id}/maps").json()["iterations"]
    assert client.get(f"/api/runs/{folder.id}/maps/{folder.map_iterations()[-1]}").status_code == 200
    assert client.get(f"/api/runs/{folder.id}/result").json()["count"]
    assert client.get("/api/runs").json()["runs"][0]["label"] == "golden"
    for saved in folder.checkpoint_list():
        assert all(value.isfinite().all() for value in checkpoint.load_weights(saved).values())
        assert checkpoint.load_training(saved)["position"]["iteration"] == saved.about()["iteration"]


def test_a_run_of_a_newer_thaw_is_shown_with_a_notice_and_never_changed(opened):
    """A format that we do not know: looked at, not resumed, renamed or commanded; nothing in the folder changes."""
    folder, client = opened(golden_runs()[-1])
    status = files.read_json(folder.status_file)
    folder.write_status(status | {"state": "stopped", "format": FORMAT + 1, "of tomorrow": [1]})
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    assert client.get("/api/runs").json()["runs"][0]["status"]["newer"] is True
    assert client.get(f"/api/runs/{folder.id}/live?names=loss").json()["status"]["newer"] is True
    refused = client.patch(f"/api/runs/{folder.id}", json={"label": "mine"})
    assert refused.status_code == 409 and "newer Thaw" in refused.json()["error"]
    for change in (
        lambda: training_processes.resume(folder, folder.path),
        lambda: train_run(folder, folder.path, resume=True),
        lambda: folder.send("stop"),
    ):
        with pytest.raises(ValueError, match="made by a newer Thaw"):
            change()
    assert {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()} == before
    assert [run.id for run in all_runs.all_runs(folder.path.parent)] == [folder.id]
