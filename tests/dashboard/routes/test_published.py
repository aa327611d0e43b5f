"""The route of published results: the rows that a run names, and the runs of its group that ended."""

import pytest

from engine.config import presets
from engine.config.differences import resolve
from engine.runs import all_runs, files
from tests.dashboard.asking import client_of


@pytest.fixture
def client(tmp_path):
    return client_of(tmp_path, tmp_path, presets.HOUSE)


def made(runs, top1: float | None = None, **differences):
    config = resolve({"reference": ["dpa_cgm"]} | differences)
    folder = all_runs.create(runs, config.model_dump(), {}, "")
    test = {"state": "finished", "test": {"top1": top1}} if top1 else {"state": "stopped"}
    folder.write_status(files.read_json(folder.status_file) | test)
    return folder


def test_rows_come_with_source_and_with_the_seeds_that_ended(client, tmp_path):
    first = made(tmp_path, 90.0, group="g")
    second = made(tmp_path, 91.0, group="g", seed=1)
    made(tmp_path, None, group="g", seed=2), made(tmp_path, 92.0, group="h")
    made(tmp_path, 70.0, group="g", seed=3, batch_size=7), made(tmp_path, 93.0, group="g", seed=0)  # no seeds of it
    answer = client.get(f"/api/runs/{first.id}/reference").json()
    assert [row["id"] for row in answer["rows"]] == ["dpa_cgm"]
    assert answer["rows"][0]["runs"] == 1 and len(answer["rows"][0]["epochs"]) == 20 and answer["rows"][0]["source"]
    assert {each["field"] for each in answer["rows"][0]["differs"]} >= {"data", "model", "objective"}
    assert answer["others"] == [{"id": second.id, "top1": 91.0}]


def test_a_run_without_reference_or_with_a_damaged_config_has_none(client, tmp_path):
    plain, damaged = made(tmp_path, reference=[]), made(tmp_path)
    damaged.config_file.write_text("reference: [dpa_cgm", encoding="utf-8")
    for folder in (plain, damaged):
        assert client.get(f"/api/runs/{folder.id}/reference").json() == {"rows": [], "others": []}
