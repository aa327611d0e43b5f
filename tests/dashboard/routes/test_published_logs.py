"""A preset's published log opens as a run, once, and nothing but a log beside a preset can be asked for."""

import pytest

from dashboard.routes import published_logs
from engine.config import presets
from engine.runs import all_runs, trash
from tests.dashboard.asking import client_of

NAME = "seed_000/clip_vitb32_cifar10"


@pytest.fixture
def client(tmp_path):
    return client_of(tmp_path / "runs 训练", tmp_path, presets.HOUSE)


def test_the_log_becomes_one_finished_run_however_often_it_is_asked_for(client, tmp_path):
    answers = [client.post("/api/published-log", json={"preset": NAME}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    (run,) = all_runs.all_runs(tmp_path / "runs 训练")
    assert {answer.json()["id"] for answer in answers} == {run.id}
    status = run.status()
    assert status["state"] == "finished" and status["epochs"] == 20 and status["best"]["top1"] == 96.05


def test_a_deleted_one_can_be_opened_again(client, tmp_path):
    first = client.post("/api/published-log", json={"preset": NAME}).json()["id"]
    trash.delete(all_runs.find(tmp_path / "runs 训练", first))
    assert client.post("/api/published-log", json={"preset": NAME}).json()["id"] != first


@pytest.mark.parametrize("name", ["first_run", "no/such/preset", "../secret", "/etc/passwd", ""])
def test_what_has_no_log_is_said(client, name):
    answer = client.post("/api/published-log", json={"preset": name})
    assert answer.status_code == 409 and "has no published log" in answer.json()["error"]


def test_a_preset_cannot_lead_out_of_its_own_folder(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.jsonl").write_text("{}", encoding="utf-8")
    (tmp_path / "inside" / "odd.yaml").write_text("about: {published_log: ../secret.jsonl}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no published log"):
        published_logs.find_log("inside/odd", tmp_path)
