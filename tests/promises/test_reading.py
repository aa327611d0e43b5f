"""Bad bytes never take down a reader: whatever a file of a run holds, the rest of the run is shown."""

import random

import pytest

from engine.config.yaml_files import parse
from engine.runs import files, run_summary, series, series_length
from engine.runs.status_schema import FIELDS
from tests.dashboard.asking import client_of
from tests.synthetic_run import write_run

ODD = ["x", [[]], {"a": {"b": None}}, -1, 1e308, True]


@pytest.fixture
def run(tmp_path):
    folder = write_run(tmp_path / "runs 坏", 100, state="stopped")
    folder.transition_file.unlink()
    return folder


@pytest.mark.parametrize("name", ["status", "notes", "epochs", "events", "config"])
def test_a_file_that_ends_at_any_byte_is_read_as_far_as_it_goes(run, name):
    """Cut at every single byte: no error, and every line that is whole is kept."""
    path = getattr(run, f"{name}_file")
    raw = path.read_bytes()[:3000]
    whole = raw.count(b"\n")
    for end in range(len(raw)):
        path.write_bytes(raw[:end])
        summary = run_summary.summary(run)
        assert summary["status"]["state"] in ("stopped", "damaged")
        if name in ("epochs", "events"):
            kept = len(getattr(run, name)())
            assert raw[:end].count(b"\n") <= kept <= min(whole, raw[:end].count(b"\n") + 1)


def test_series_of_any_length_are_read_in_whole_rows(run, monkeypatch):
    """One series that is cut takes no row away from the others, wherever it was cut, and is named."""
    monkeypatch.setattr(series_length, "BETWEEN", 0)  # nobody writes
    path = run.series / "loss.f64"
    raw = path.read_bytes()
    for end in range(0, 200):
        path.write_bytes(raw[:end])
        assert series.rows(run.series) == 150 and len(series.read(run.series, "loss")) == end // 8
    assert run_summary.summary(run)["damage"][0]["values"] == {"file": "series/loss.f64", "rows": 24, "wanted": 150}


def test_any_value_in_any_field_of_a_status_is_answered(run):
    """An odd but valid status.json: the list and the run's page answer, and a field that cannot be is named."""
    client = client_of(run.path.parent, run.path.parent)
    status = files.read_json(run.status_file)
    routes = ["", f"/{run.id}", f"/{run.id}/live?names=loss&life=0", f"/{run.id}/live?life=-1"]
    for field in {*FIELDS, *status}:
        for number, value in enumerate(ODD):
            state = ("running", "finished")[number % 2]
            files.replace_json(run.status_file, status | {"state": state, "pid": None, field: value})
            for route in routes[number % 2 :: 2]:
                assert client.get(f"/api/runs{route}").status_code == 200, (field, value, route)
        files.replace_json(run.status_file, status | {field: [[]]})
        if field in FIELDS and field != "stages":
            assert f"{field} is " in run.status()["reason"]


def test_random_bytes_in_any_file_are_answered(run):
    """Whole files of noise, and bits turned over, in everything that a run consists of."""
    client = client_of(run.path.parent, run.path.parent)
    dice = random.Random(9)
    iteration = run.map_iterations()[0]
    routes = ["", f"/{run.id}", f"/{run.id}/live?names=loss", f"/{run.id}/checkpoints", f"/{run.id}/maps",
              f"/{run.id}/maps/{iteration}", f"/{run.id}/log", f"/{run.id}/result"]  # fmt: skip
    everything = sorted(path for path in run.path.rglob("*") if path.is_file() and path.suffix != ".f64")
    for path in everything:
        raw = path.read_bytes()
        noise = dice.randbytes(64)
        turned = bytearray(raw)
        for _ in range(3):
            if turned:
                turned[dice.randrange(len(turned))] ^= 1 << dice.randrange(8)
        for damaged in (noise, bytes(turned), b"", b"null", b"[]"):
            path.write_bytes(damaged)
            for route in routes:
                code = client.get(f"/api/runs{route}").status_code
                assert code in (200, 404), (path.name, route, code, damaged[:80])
        path.write_bytes(raw)


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("seed", range(3))
def test_random_yaml_is_read_or_refused_with_a_sentence(seed):
    """What a person pastes is settings or a sentence; nothing else is raised."""
    dice = random.Random(seed)
    words = ["a: ", "- ", "&x ", "*x", "!!python/object:os.system ", "\t", "\n", "{", "}", "[", "]", "'", '"', "#", "|",
             "1e-3", "\x00", "é", "😀", "? ", "<<: ", "%YAML 1.1\n", "---\n", ": "]  # fmt: skip
    for _ in range(400):
        text = "".join(dice.choice(words) for _ in range(dice.randrange(12)))
        try:
            parse(text)
        except ValueError as error:
            assert str(error)
