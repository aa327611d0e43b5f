"""Names are data, never markup: what a run, a class or a preset is called comes back as it was and runs nowhere."""

import json
import random
import re
import string

import pytest
from starlette.testclient import TestClient

from dashboard.app import build_app
from engine.runs import all_runs, files
from tests.synthetic_run import write_run

TOKEN = "the token of this test"
PAYLOADS = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "${alert(1)}", "{{7*7}}", "<%= 7*7 %>",
    "[x](javascript:alert(1))", "javascript:alert(1)", '"><svg onload=alert(1)>', "' onmouseover='alert(1)", "`x`",
    "../../etc/passwd", "..", ".", "CON", "a/b", "\\\\server\\share", "a\u0000b", "\u202eexe.gnp", "=cmd|' /C calc'!A0",
    "@SUM(1)", "+1", "-1", "é\u0301 ß ﬁ", "张三", "😀" * 20, "x" * 200, "%2e%2e%2f", "\r\nSet-Cookie: a=b",
    "<b>bold</b>", "&lt;b&gt;", "\ud7ff", "ａｄｍｉｎ", "\t", " lead and trail ",
]  # fmt: skip


def random_names(count):
    dice = random.Random(13)
    letters = string.punctuation + string.whitespace + "aé张😀\u202e\u200b\x7f"
    return ["".join(dice.choice(letters) for _ in range(dice.randrange(1, 60))) for _ in range(count)]


NAMES = PAYLOADS + random_names(10)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    place = tmp_path_factory.mktemp("names")
    app = build_app(place / "runs", place / "presets", place / "data", token=TOKEN, always_token=True)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with TestClient(app, base_url="http://localhost", headers=headers, raise_server_exceptions=False) as client:
        yield place, client


def test_any_name_of_a_run_comes_back_as_it_was(here):
    """Label, notes and tags of a run: written, read in the list and on the run's page, the same characters."""
    place, client = here
    folder = write_run(place / "runs", 40)
    for name in NAMES:
        changed = client.patch(f"/api/runs/{folder.id}", json={"label": name, "notes": name, "tags": [name]})
        assert changed.status_code == 200, name
        listed = client.get("/api/runs").json()["runs"]
        for answer in (client.get(f"/api/runs/{folder.id}").json(), *[run for run in listed if run["id"] == folder.id]):
            assert (answer["label"], answer["notes"], answer["tags"]) == (name, name, [name])
    assert [path.name for path in (place / "runs").iterdir() if not path.name.startswith(".")] == [folder.id]


def test_no_name_reaches_the_page_s_own_html(here):
    """The page that the server sends is the same whatever runs and classes are called; names arrive as JSON alone."""
    place, client = here
    folder = write_run(place / "runs", 40)
    for name in PAYLOADS:
        folder.write_notes({"label": name + " 7391"})
        files.replace_json(folder.environment_file, {"data": {"classes": [name + " 7391"]}})
        assert "7391" not in client.get("/").text
        assert "7391" not in client.get(f"/?run={folder.id}").text
    for reply in (client.get(f"/api/runs/{folder.id}"), client.get("/api/runs")):
        assert (
            reply.headers["content-type"] == "application/json" and reply.headers["x-content-type-options"] == "nosniff"
        )


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_name_in_an_address_is_no_path_and_no_markup(here, name):
    """Whatever stands in the place of a run's id: not found, told in JSON, and nothing outside is touched."""
    _, client = here
    quoted = re.sub(r"[^A-Za-z0-9]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), name)
    for route in ("", "/live", "/log", "/files/log.txt"):
        reply = client.get(f"/api/runs/{quoted}{route}")
        assert reply.status_code in (400, 404, 405) or (route == "" and reply.status_code == 200 and name == ".")
        if reply.headers.get("content-type") == "application/json":
            json.loads(reply.text)
    sign_in = client.get(f"/sign-in?next={quoted}", headers={"Authorization": ""})
    assert "<svg" not in sign_in.text and "<img" not in sign_in.text and "<script" not in sign_in.text


def test_a_preset_of_any_name_is_a_file_inside_its_folder(here):
    """A form that is saved as a preset gets a safe file name, or the name is refused with a sentence."""
    place, client = here
    form = client.post("/api/form/begin", json={}).json()
    for name in NAMES:
        state = {"form": form["form"], "preset": ""}
        reply = client.post("/api/form/save", json={"state": state, "value": {"title": name}})
        assert reply.status_code in (200, 409), (name, reply.text)
        assert reply.status_code == 200 or reply.json()["error"]
    outside = [path for path in place.rglob("*") if path.is_file() and path.suffix == ".yaml"]
    assert all(path.is_relative_to(place / "presets" / "own") or path.name in ("config.yaml", "changes.yaml")
               for path in outside)  # fmt: skip
    assert len({path.name.lower() for path in outside}) > 10


def test_names_of_new_runs_are_settings_inside_them(here, tmp_path):
    """A run that is called like a path, a command or nothing gets a folder named by time alone."""
    for name in NAMES:
        folder = all_runs.create(tmp_path / "fresh", {"label": name}, {"label": name}, name)
        assert all_runs.RUN_ID.fullmatch(folder.id) and folder.notes()["label"] == name
        assert folder.config()["label"] == name
