"""What the table of runs and the comparison ask for, beyond what one run's page does."""

import pytest

from tests.dashboard.asking import client_of
from tests.synthetic_run import settings, write_run


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "saved runs 实验"


@pytest.fixture
def client(runs, tmp_path):
    return client_of(runs, tmp_path)


def test_some_runs_are_listed_by_their_ids(client, runs):
    first, second, third = (write_run(runs, 40, label=str(index)) for index in range(3))
    reply = client.get("/api/runs", params={"ids": f"{third.id},20200101-000000-0000,{first.id}"}).json()["runs"]
    assert {run["id"] for run in reply} == {first.id, third.id}
    everything = client.get("/api/runs").json()["runs"]
    assert [run for run in everything if run["id"] != second.id] == reply


def test_a_run_tells_its_group_and_seed(client, runs):
    folder = write_run(runs, 40, config=settings(seed=7) | {"group": "five seeds"})
    about = client.get(f"/api/runs/{folder.id}").json()
    assert (about["group"], about["seed"]) == ("five seeds", 7)


def test_probes_have_the_same_digest_only_where_the_images_are_the_same(client, runs):
    seeds = (1, 1, 2)
    folders = [write_run(runs, 40, seed=seed) for seed in seeds]
    first, same, other = (client.get(f"/api/runs/{run.id}/maps").json()["probes"]["digest"] for run in folders)
    assert first == same != other
