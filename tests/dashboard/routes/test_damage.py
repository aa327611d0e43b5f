"""Whatever stands in a run's files, the routes answer: damage is named, and what is good is kept."""

import os
import random
import shutil

import pytest

from engine.runs import files
from tests.synthetic_run import write_run


def test_damaged_runs_are_listed_with_their_reason_and_harm_no_other(client, runs):
    good = write_run(runs, label="good")
    names = ["no status", "cut status", "config of bytes", "empty folder"]
    folders = [write_run(runs, 40, label=name) for name in names]
    for folder in folders[:2]:
        folder.transition_file.unlink()  # which would stand in
    folders[0].status_file.unlink()
    folders[1].status_file.write_bytes(folders[1].status_file.read_bytes()[:40])
    folders[2].config_file.write_bytes(b"\xff\x00\x80: [")
    shutil.rmtree(folders[3].path)
    folders[3].path.mkdir()
    listed = {run["id"]: run for run in client.get("/api/runs").json()["runs"]}
    assert len(listed) == 5 and listed[good.id]["status"]["state"] == "finished"
    for folder in folders:
        status = listed[folder.id]["status"]
        assert status["state"] == "damaged" and status["reason"], folder.id
        assert client.get(f"/api/runs/{folder.id}").status_code == 200


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_run_without_permission_is_listed(client, runs):
    folder = write_run(runs, 40)
    folder.path.chmod(0)
    try:
        assert client.get("/api/runs").json()["runs"][0]["status"]["state"] == "damaged"
    finally:
        folder.path.chmod(0o700)


def damaged_copies(path, dice):
    """The bytes of a file cut at some places and with some bits turned over."""
    raw = path.read_bytes()
    for _ in range(8):
        yield raw[: dice.randrange(len(raw))]
        turned = bytearray(raw)
        for _ in range(dice.choice([1, 4])):
            turned[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        yield bytes(turned)


def test_damaged_bytes_never_take_down_a_route(client, runs):
    folder = write_run(runs, 100, state="stopped")
    dice = random.Random(5)
    iteration = folder.map_iterations()[0]
    routes = ["", "/live?names=loss", "/epochs", "/events", "/checkpoints", "/log", "/maps", f"/maps/{iteration}",
              "/maps/probes.png?index=0", "/series?names=loss", "/system"]  # fmt: skip
    targets = [folder.status_file, folder.config_file, folder.notes_file, folder.epochs_file, folder.events_file,
               folder.environment_file, folder.probes_file, folder.map_file(iteration),
               folder.checkpoint_list()[0].about_file, folder.series / "loss.f64"]  # fmt: skip
    for path in targets:
        raw = path.read_bytes()
        for damaged in damaged_copies(path, dice):
            path.write_bytes(damaged)
            assert client.get("/api/runs").status_code == 200, (path.name, damaged)
            for route in routes:
                code = client.get(f"/api/runs/{folder.id}{route}").status_code
                assert code in (200, 404), (path.name, route, code, damaged)
        path.write_bytes(raw)


ODD = {
    "life": "x",
    "seq": [],
    "epoch": {},
    "created": "then",
    "state": "running",
    "pid": "me",
    "updated": [],
    "host": 7,
}


@pytest.mark.parametrize("name", ["status", "notes", "environment", "result", "epochs", "events"])
@pytest.mark.parametrize("value", [{}, [], None, 3, "text", ODD])
def test_files_with_the_wrong_things_in_them_never_take_down_a_route(client, runs, name, value):
    folder = write_run(runs, 100)
    path = getattr(folder, f"{name}_file")
    path.unlink()
    files.append_line(path, value)
    for route in (
        "",
        f"/{folder.id}",
        f"/{folder.id}/live?names=loss&life=0",
        f"/{folder.id}/maps",
        f"/{folder.id}/log",
    ):
        assert client.get(f"/api/runs{route}").status_code == 200, route


def test_half_characters_huge_integers_and_nan_in_files_stay_valid_json(client, runs):
    folder = write_run(runs, 100)
    folder.epochs_file.write_text(
        '{"epoch": 1, "x": NaN, "label": "NaN \\ud800", "n": 1' + "0" * 40 + "}\n", encoding="utf-8"
    )
    row = client.get(f"/api/runs/{folder.id}/epochs").json()["epochs"][0]
    assert row["x"] is None and row["label"].startswith("NaN ") and row["n"] == 10**40
