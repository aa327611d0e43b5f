"""A finished run is read again where its files have changed."""

import errno
import os

import pytest

from dashboard.routes import runs as runs_routes
from dashboard.routes import summaries
from engine.runs import files, run_summary
from engine.runs.process_identity import identity
from engine.runs.trainer_process import place
from tests.synthetic_run import write_run


def test_a_finished_run_is_listed_anew_when_its_files_change(client, runs):
    folder = write_run(runs, 40, label="before")
    assert client.get("/api/runs").json()["runs"][0]["label"] == "before"
    assert client.patch(f"/api/runs/{folder.id}", json={"label": "after"}).json()["label"] == "after"
    assert client.get("/api/runs").json()["runs"][0]["label"] == "after"


def listed(client):
    """The rows of the list by their ids."""
    return {row["id"]: row for row in client.get("/api/runs").json()["runs"]}


def test_what_a_person_says_of_a_run_is_never_taken_for_what_the_program_knows(client, runs):
    """notes.json is free: it must not make one run look like another, or like one that may be deleted."""
    other = write_run(runs, 40, label="other")
    folder = write_run(runs, 40)
    forged = {"id": other.id, "status": {"state": "running"}, "parts": {}, "group": "g", "seed": 9, "damage": [],
              "label": "mine", "checkpoints": "none", "config": {}, "files": ["x"]}  # fmt: skip
    files.replace_json(folder.notes_file, forged)
    row = listed(client)[folder.id]
    whole = client.get(f"/api/runs/{folder.id}").json()
    for told in (row, whole):
        assert (told["id"], told["status"]["state"], told["label"]) == (folder.id, "finished", "mine")
        assert told["group"] is None
    assert whole["checkpoints"] and whole["config"] and "config.yaml" in whole["files"]
    assert client.delete(f"/api/runs/{row['id']}").status_code == 204 and other.path.is_dir()
    assert client.patch(f"/api/runs/{other.id}", json={"tags": ["a"]}).json() == {
        "label": "other", "notes": "", "tags": ["a"]
    }  # fmt: skip


def test_a_status_is_newer_or_claimed_only_as_we_see_it(client, runs):
    folder = write_run(runs, 40, state="stopped")
    status = files.read_json(folder.status_file)
    files.replace_json(folder.status_file, status | {"newer": True, "claimed": "running"})
    assert not {"newer", "claimed"} & client.get(f"/api/runs/{folder.id}").json()["status"].keys()
    assert client.patch(f"/api/runs/{folder.id}", json={"label": "still mine"}).status_code == 200


def test_a_checkpoint_is_called_as_its_folder_is(client, runs):
    folder = write_run(runs)
    for checkpoint in folder.checkpoint_list():
        files.replace_json(checkpoint.about_file, checkpoint.about() | {"name": "../../elsewhere", "kept_as": "best"})
    told = client.get(f"/api/runs/{folder.id}/checkpoints").json()["checkpoints"]
    assert [about["name"] for about in told] == [checkpoint.name for checkpoint in folder.checkpoint_list()]
    assert all("kept_as" not in about for about in told)


def test_notes_that_cannot_be_understood_are_kept_beside_the_new_ones(client, runs):
    folder = write_run(runs, 40)
    folder.notes_file.write_text('{"notes": "three pages of th', encoding="utf-8")
    assert client.patch(f"/api/runs/{folder.id}", json={"label": "a"}).json()["label"] == "a"
    assert (folder.path / "notes.damaged").read_text(encoding="utf-8") == '{"notes": "three pages of th'


DAMAGES = {
    "a number as group": ("config.yaml", b"group: 5\ndata: {name: {a: 1}}\n"),
    "tags that are none": ("notes.json", b'{"tags": {}}'),
    "a set in the config": ("config.yaml", b"group: !!set {a, b}\n"),
    "bytes in the config": ("config.yaml", b"group: !!binary aGVsbG8=\n"),
    "a date as group": ("config.yaml", b"group: 2024-01-01\n"),
    "half an emoji": ("notes.json", rb'{"label": "x\ud83d"}'),
    "brackets without end": ("status.json", b"[" * 200_000),
    "brackets in the notes": ("notes.json", b"[" * 200_000),
    "deep but closed": ("notes.json", b'{"label":' * 300 + b"1" + b"}" * 300),
    "aliases": ("config.yaml", b"a: &a [x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (c, c, c - 1, c - 1)
                                                      for c in range(98, 122))),
    "a number beyond all": ("status.json", b'{"state": "running", "created": 1' + b"0" * 400 + b"}"),
    "not a number": ("status.json", b'{"state": "finished", "epoch": NaN, "life": Infinity}'),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_one_damaged_row_takes_no_other_along(name, client, runs):
    good, folder = write_run(runs, 40, label="good"), write_run(runs, 40)
    before = listed(client)[good.id]
    file, content = DAMAGES[name]
    (folder.path / "transition.json").unlink()
    (folder.path / file).write_bytes(content)
    files.replace_json(good.notes_file, {"label": "good"})
    row = listed(client)[folder.id]
    assert listed(client)[good.id] == before and row["status"]["state"] in ("finished", "damaged")
    assert isinstance(row["label"], str) and isinstance(row["tags"], list) and isinstance(row.get("group"), str | None)
    assert client.get(f"/api/runs/{folder.id}").status_code == 200


@pytest.mark.parametrize("name", ["series", "system", "checkpoints", "maps"])
def test_a_folder_that_may_not_be_read_is_named_and_the_run_shown_all_the_same(client, runs, monkeypatch, name):
    folder, scandir = write_run(runs, 40), os.scandir

    def refusing(path):
        if str(path) == str(folder.path / name):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root may read everything
    whole = client.get(f"/api/runs/{folder.id}")
    assert whole.status_code == 200
    for told in (listed(client)[folder.id], whole.json()):
        assert told["status"]["state"] == "finished"
        assert [each["message"] for each in told["damage"]] == [f"{name} cannot be read: Permission denied"]


def test_of_a_run_that_trains_the_status_alone_is_read_at_every_look(client, runs, monkeypatch):
    folder, read = write_run(runs, 40), []
    status = folder.status() | identity() | {"state": "running", "place": place(folder.path, folder.lock_file)}
    folder.write_status(status)
    summary = run_summary.summary
    monkeypatch.setattr(run_summary, "summary", lambda run: read.append(run.id) or summary(run))
    for iteration in (7, 8):
        folder.write_status(status | {"iteration": iteration})
        assert listed(client)[folder.id]["status"]["iteration"] == iteration
    assert len(read) == 1
    folder.write_notes({"label": "another"})
    assert listed(client)[folder.id]["label"] == "another" and len(read) == 2
    folder.write_status(status | {"process_created": 1.0})
    assert listed(client)[folder.id]["status"]["state"] == "interrupted" and len(read) == 3


def test_what_nobody_thought_of_costs_one_row(client, runs, monkeypatch):
    good, folder = write_run(runs, 40), write_run(runs, 40)
    summary = run_summary.summary

    def breaks(run):
        if run.id == folder.id:
            raise KeyError("surprise")
        return summary(run)

    monkeypatch.setattr(run_summary, "summary", breaks)
    rows = listed(client)
    status = rows[folder.id]["status"]
    assert status["state"] == "damaged" and "surprise" in status["reason"]
    assert rows[good.id]["status"]["state"] == "finished"


def test_of_very_many_runs_the_newest_are_listed_and_the_rest_counted(client, runs, monkeypatch):
    monkeypatch.setattr(runs_routes, "MOST_RUNS", 2)
    ids = [write_run(runs, 10).id for _ in range(3)]
    told = client.get("/api/runs").json()
    assert [row["id"] for row in told["runs"]] == sorted(ids, reverse=True)[:2] and told["left_out"] == 1


def test_a_damaged_run_is_not_read_anew_at_every_look(client, runs, monkeypatch):
    """What takes long to be found damaged would keep everybody waiting."""
    folder, read = write_run(runs, 40), []
    folder.config_file.write_text("a: &a [x]\nb: *a\n", encoding="utf-8")
    summary = run_summary.summary
    monkeypatch.setattr(run_summary, "summary", lambda run: read.append(run.id) or summary(run))
    assert [listed(client)[folder.id]["status"]["state"] for _ in range(3)] == ["damaged"] * 3 and len(read) == 1
    folder.config_file.write_text("seed: 7\n", encoding="utf-8")
    assert listed(client)[folder.id]["status"]["state"] == "finished" and len(read) == 2
    folder.status_file.unlink()
    folder.transition_file.unlink()
    monkeypatch.setattr(summaries, "DAMAGED_KEPT", -1.0)
    assert [listed(client)[folder.id]["status"]["state"] for _ in range(2)] == ["damaged"] * 2 and len(read) == 4
