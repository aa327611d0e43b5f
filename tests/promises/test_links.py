"""No file of a run is opened through a link: a run folder from a stranger reads and changes nothing of its owner's."""

import os
import shutil
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.processes import launching
from engine.config.differences import changes, check, resolve
from engine.process.run_process import train_run
from engine.process.training_session import Session
from engine.runs import all_runs, files, plain_files, queue_tickets, trash
from engine.runs.set_aside import set_aside
from engine.training.telemetry import SystemSampler, Telemetry
from engine.worker.predictions import evaluate_run
from tests.dashboard.asking import client_of
from tests.synthetic_run import write_run
from tests.training import TINY

FILES = ("config.yaml", "status.json", "transition.json", "notes.json", "environment.json", "epochs.jsonl",
         "events.jsonl", "run.lock", "log.txt", "result.json", "start.safetensors", "predictions.npz", "data.json",
         "trained_with.json",
         "series/loss.f64", "series/new.f64", "system/cpu.f64", "commands/000001.json", "maps/probes.npz",
         "maps/00000100.npz", "maps/00000100.json", "checkpoints/iteration-00000100/weights.safetensors",
         "checkpoints/iteration-00000100/training.pt", "checkpoints/iteration-00000100/about.json")  # fmt: skip
FOLDERS = ("series", "system", "commands", "maps", "checkpoints", "checkpoints/iteration-00000100")
SECRET = "alias ls=ls\n"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A stopped run, something of its owner's beside it, a client, and the processes that were started."""
    config = resolve(TINY)
    folder = write_run(tmp_path / "runs", state="stopped")
    folder.write_config(config.model_dump(), changes(config))
    owners = tmp_path / "home"
    (owners / "inside").mkdir(parents=True)
    (owners / ".bashrc").write_text(SECRET, encoding="utf-8")
    (owners / "inside" / "loss.f64").write_bytes(bytes(8000))
    started = []

    def launch(command, **streams):
        started.append(command)
        return SimpleNamespace(pid=0, wait=lambda: 0)

    monkeypatch.setattr(launching, "launch", launch)
    return folder, owners, client_of(folder.path.parent, tmp_path), started


def seen(place):
    return {path: path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def put(kind, folder, name, owners):
    place = folder.path / name
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    if kind == "link":
        place.symlink_to(owners / ".bashrc")
    elif kind == "hard link":
        place.hardlink_to(owners / ".bashrc")
    else:
        os.mkfifo(place)


def use_everything(folder, client, name):
    """What a person does with a run that holds something odd of this name; the answers."""
    routes = ("", "/live?names=loss,new&life=-1", "/epochs", "/events", "/checkpoints", "/log", "/maps", "/maps/100",
              "/series?names=loss,new", "/system", "/result", "/maps/probes.png?index=0", "/reference")  # fmt: skip
    answers = [client.get(f"/api/runs/{folder.id}{route}") for route in (*routes, f"/files/{name}")]
    client.patch(f"/api/runs/{folder.id}", json={"label": "mine"})
    client.post(f"/api/runs/{folder.id}/commands", json={"command": "stop"})
    for use in (lambda: train_run(folder, folder.path, resume=True), lambda: evaluate_run(folder, "last", folder.path)):
        with pytest.raises(ValueError, match=r"is a (link|pipe)"):
            use()
    return answers


@pytest.mark.parametrize(("kind", "names"), [("link", FILES), ("pipe", FILES[1::4])])
def test_nothing_behind_it_is_read_or_changed_and_it_is_named(kind, names, world, tmp_path):
    """Whichever file of the run it stands for, and whatever a person does with the run."""
    folder, owners, client, started = world
    shutil.copytree(folder.path, tmp_path / "whole")
    before = seen(owners)
    for name in names:
        shutil.rmtree(folder.path)
        client.app.state.summaries.known.clear()
        shutil.copytree(tmp_path / "whole", folder.path)
        put(kind, folder, name, owners)
        resumed = client.post(f"/api/runs/{folder.id}/resume")
        assert resumed.status_code == 409 and not started, name
        assert name in resumed.json()["error"] or name == "status.json", resumed.text
        row = client.get("/api/runs").json()["runs"][0]
        assert [told["values"]["file"] for told in row["damage"] if told["code"].startswith("entry_")] == [name]
        for answer in use_everything(folder, client, name):
            assert "alias" not in answer.text, (name, answer.request.url)
            assert answer.status_code in (200, 204, 404, 409), (name, answer.request.url, answer.text)
        assert seen(owners) == before, name


def test_what_a_training_writes_to_a_hard_link_goes_to_a_copy(world, tmp_path, monkeypatch):
    """Such a run may be a copy by `cp -al`, so it can be used; the file's other name keeps its content."""
    folder, owners, client, started = world

    def run(session, resume):
        set_aside(session.folder, session.reporter.status["life"], 10, 1)
        Telemetry(session.folder).writer.append({"loss": np.ones(1), "new": np.ones(1)})
        SystemSampler(session.folder, dict)._writer.append({"cpu": np.ones(1)})
        session.reporter.listen()

    monkeypatch.setattr(Session, "run", run)
    shutil.copytree(folder.path, tmp_path / "whole")
    before, went_on = seen(owners), 0
    for name in FILES:
        shutil.rmtree(folder.path)
        shutil.copytree(tmp_path / "whole", folder.path)
        client.app.state.summaries.known.clear()
        put("hard link", folder, name, owners)
        told = client.get("/api/runs").json()["runs"][0]["damage"]
        assert {"file": name, "count": 1} in [each["values"] for each in told], name
        client.patch(f"/api/runs/{folder.id}", json={"label": "mine"})
        client.post(f"/api/runs/{folder.id}/resume")
        with suppress(ValueError, OSError):
            went_on += train_run(folder, folder.path, resume=True) == "finished"
        assert seen(owners) == before, name
    assert went_on > len(FILES) / 2 and len(started) > len(FILES) / 2


@pytest.mark.parametrize("name", FOLDERS)
def test_no_folder_is_entered_through_a_link(name, world):
    folder, owners, client, started = world
    place = folder.path / name
    place.parent.mkdir(exist_ok=True)
    if place.is_dir():
        place.rename(folder.path.parent / "aside")
    place.symlink_to(owners / "inside")
    before = seen(owners)
    assert client.post(f"/api/runs/{folder.id}/resume").status_code == 409 and not started
    row = client.get("/api/runs").json()["runs"][0]
    assert name in [told["values"]["file"] for told in row["damage"]]
    for answer in use_everything(folder, client, f"{name}/about.json"):
        assert answer.status_code in (200, 204, 404, 409), (answer.request.url, answer.text)
    assert seen(owners) == before


def test_what_is_called_like_a_run_but_is_no_folder_is_none(world):
    folder, owners, client, _ = world
    runs = folder.path.parent
    os.mkfifo(runs / "20260101-000000-aaaa")
    (runs / "20260101-000000-bbbb").write_text("x", encoding="utf-8")
    (runs / "20260101-000000-cccc").symlink_to(owners)
    assert [row["id"] for row in client.get("/api/runs").json()["runs"]] == [folder.id]
    for name in "aaaa", "bbbb", "cccc":
        assert client.get(f"/api/runs/20260101-000000-{name}").status_code == 404


def test_deleting_restoring_and_emptying_change_nothing_behind_a_link(world):
    folder, owners, _, _ = world
    put("link", folder, "log.txt", owners)
    (folder.path / "more").symlink_to(owners / "inside")
    before, runs = seen(owners), folder.path.parent
    trash.delete(folder)
    trash.restore(runs, folder.id)
    trash.delete(folder)
    trash.empty(runs)
    assert seen(owners) == before and not folder.path.exists()
    assert trash.contents(runs) == {"count": 0, "bytes": 0}
    (runs / ".trash" / f"{folder.id}.gone").symlink_to(owners)
    trash.empty(runs)
    assert seen(owners) == before


@pytest.mark.parametrize("name", [".trash", ".uploads", ".requests"])
def test_what_stands_beside_the_runs_is_no_link_either(name, world, tmp_path):
    folder, owners, client, _ = world
    other = write_run(owners)  # somebody's runs, which "Empty trash" must not take for its own
    (folder.path.parent / name).symlink_to(owners)
    os.utime(owners / ".bashrc", (0, 0))
    before = seen(owners)
    answers = [
        client.delete(f"/api/runs/{folder.id}"), client.post(f"/api/runs/{other.id}/restore"),
        client.get("/api/trash"), client.delete("/api/trash"), client.post("/api/uploads", content=b"x"),
        client.post("/api/runs", json={"config": {}, "request": "a" * 20}),
    ]  # fmt: skip
    assert any(answer.status_code == 409 and f"{name} is a link" in answer.text for answer in answers)
    assert all(answer.status_code < 500 for answer in answers)
    assert seen(owners) == before


@pytest.mark.parametrize("device", ["../../../home", "/tmp", "cuda:0/../..", 7])
def test_a_device_that_leads_elsewhere_makes_no_folder_there(device, tmp_path, monkeypatch):
    """The folder of a queue is named after the device, which a resumed run takes from environment.json."""
    config = resolve(TINY)
    folder = all_runs.create(tmp_path / "a" / "b" / "runs", config.model_dump(), changes(config))
    folder.write_status({"state": "stopped", "life": 0, "created": 1.0})
    files.replace_json(folder.environment_file, {"device": device, "threads": "many"})
    monkeypatch.setattr("engine.process.training_session.Session.run", lambda self, resume: None)
    assert train_run(folder, tmp_path, resume=True) == "finished"
    assert os.listdir(tmp_path) == ["a"] and os.listdir(tmp_path / "a" / "b") == ["runs"]
    assert plain_files.folder_names(folder.path.parent / ".queue") == ["cpu"]


def test_no_queue_is_entered_through_a_link(world):
    folder, owners, _, _ = world
    shutil.rmtree(folder.path.parent / ".queue")
    (folder.path.parent / ".queue").symlink_to(owners)
    (owners / "inside" / "0000000001-notes.json").write_text("{}", encoding="utf-8")  # looks like a dead ticket
    before = seen(owners)
    assert not queue_tickets.is_any_taken(folder.path.parent)
    with pytest.raises(plain_files.NotPlain):
        all_runs.create(folder.path.parent, {}, {})
    assert train_run(folder, folder.path, resume=True) == "failed"
    assert ".queue is a link" in folder.status()["reason"] and seen(owners) == before


def test_no_name_of_a_setting_begins_a_line_of_its_own():
    """It would stand in a log, or on a terminal, as if somebody else had written it."""
    name = "a\nrm -rf ~\n\x1b[2J"
    for config in ({name: 1}, {"model": {"name": name}}, {"optimizer": {name: 1}}, {"stages": [{name: 1}]}):
        for fault in check(config)[1]:
            assert not set(str(fault)) & set("\n\x1b"), fault
