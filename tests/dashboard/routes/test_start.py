"""One click is one run, or one for each seed, and a config with faults is none."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.processes import training_processes
from engine.runs import all_runs
from tests.dashboard.asking import client_of


def test_a_folder_that_cannot_be_used_starts_nothing(client, runs, tmp_path):
    """Pressed without the engine having been asked: no run is made, and the causes stand beside their field."""
    order = {"config": {"data": {"name": "image_folder", "path": "absent"}}, "request": "a" * 32}
    reply = client.post("/api/runs", json=order)
    (fault,) = reply.json()["faults"]
    assert reply.status_code == 422 and (fault["field"], fault["code"]) == ("data.path", "folder_absent")
    assert fault["values"] == {"path": str(tmp_path / "data" / "absent")} and not list(runs.glob("*-*"))


@pytest.fixture
def started(monkeypatch):
    """The runs that would have been started."""
    folders = []
    monkeypatch.setattr(training_processes, "start", lambda folder, data, spare_trainer=None: folders.append(folder.id))
    return folders


def dashboards(runs, count):
    """Servers on the same runs, as two windows or two launches would be."""
    return [client_of(runs, runs) for _ in range(count)]


def test_twenty_posts_of_one_click_to_two_servers_are_one_run(tmp_path, started):
    order = {"config": {}, "label": "once", "request": "0b0e7a5e-0000-4000-8000-000000000001"}
    servers = dashboards(tmp_path, 2)
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda i: servers[i % 2].post("/api/runs", json=order), range(20)))
    assert {reply.status_code for reply in replies} == {201}
    ids = {reply.json()["id"] for reply in replies}
    assert len(ids) == 1 and started == list(ids)
    assert [folder.id for folder in all_runs.all_runs(tmp_path)] == list(ids)
    restarted = dashboards(tmp_path, 1)[0].post("/api/runs", json=order)
    assert restarted.json()["id"] in ids and len(started) == 1


def test_several_seeds_are_several_runs_of_one_group(tmp_path, started):
    order = {"config": {"seeds": [3, 5, 8], "batch_size": 64}, "request": "seeds-of-one-click"}
    ids = dashboards(tmp_path, 1)[0].post("/api/runs", json=order).json()["ids"]
    assert sorted(started) == sorted(ids) and len(set(ids)) == 3
    configs = [all_runs.find(tmp_path, run_id).config() for run_id in ids]
    assert [config["seed"] for config in configs] == [3, 5, 8]
    assert len({config["group"] for config in configs}) == 1 and configs[0]["group"]
    assert all(config["seeds"] == [] and config["batch_size"] == 64 for config in configs)


def test_one_seed_that_cannot_be_started_keeps_none_of_the_others_back(tmp_path, started, monkeypatch):
    start = training_processes.start

    def failing(folder, data, spare_trainer=None):
        if folder.config()["seed"] == 3:
            raise OSError(11, "Resource temporarily unavailable")
        start(folder, data, spare_trainer)

    monkeypatch.setattr(training_processes, "start", failing)
    order = {"config": {"seeds": [3, 5, 8]}, "request": "seeds-of-one-click"}
    reply = dashboards(tmp_path, 1)[0].post("/api/runs", json=order)
    assert reply.status_code == 500 and "the others train" in reply.json()["error"]
    assert len(started) == 2


def test_a_config_with_faults_makes_no_run_and_uses_up_no_key(tmp_path, started):
    client = dashboards(tmp_path, 1)[0]
    order = {"config": {"batch_size": 0, "nonsense": 1}, "request": "the-same-key"}
    reply = client.post("/api/runs", json=order)
    assert reply.status_code == 422 and {fault["field"] for fault in reply.json()["faults"]} == {
        "batch_size",
        "nonsense",
    }
    assert started == [] and not list(all_runs.all_runs(tmp_path))
    assert client.post("/api/runs", json=order | {"config": {}}).status_code == 201


@pytest.mark.parametrize("key", ["../../etc/x", "short", "x" * 65, "", "a b c d e f", "CON:12345678"])
def test_a_request_key_is_no_path(tmp_path, started, key):
    reply = dashboards(tmp_path / "runs", 1)[0].post("/api/runs", json={"config": {}, "request": key})
    assert reply.status_code in (409, 422)
    assert started == [] and not [path for path in tmp_path.rglob("*") if path.is_file()]
