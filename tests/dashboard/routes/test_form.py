"""A script can ask what a page asks of a form; what is no form gets a sentence, never a trace."""

import pytest

from dashboard.form import form_state
from dashboard.form.form_actions import ACTIONS
from engine.config.differences import changes, resolve
from engine.runs import all_runs
from tests.dashboard.asking import client_of


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "saved runs 实验"


@pytest.fixture
def client(runs, tmp_path):
    (tmp_path / "presets").mkdir()
    return client_of(runs, tmp_path)


def ask(client, what, value=None, form=None, **more):
    state = {"form": form or form_state.blank(), "preset": ""}
    return client.post(f"/api/form/{what}", json={"state": state, "value": value, **more})


def test_a_form_is_told_what_it_amounts_to(client):
    form = form_state.blank() | {"batch_size": 0}
    told = client.post("/api/form/check", json={"form": form, "language": "zh"}).json()
    assert told["faults"] == [{"field": "batch_size", "message": "至少为 1，而不是 0"}] and told["config"] is None
    form["batch_size"] = 32
    told = client.post("/api/form/check", json={"form": form}).json()
    assert told["config"] == {"batch_size": 32} and told["yaml"] == "batch_size: 32\n" and told["faults"] == []


def test_a_preset_is_saved_and_chosen_again(client):
    form = form_state.blank() | {"batch_size": 32}
    assert ask(client, "save", {"title": "mine!"}, form).json()["preset"] == "own/mine"
    told = [client.post("/api/form/check", json={"form": form, "preset": name}).json()["own_title"]
            for name in ("own/mine", "own/other", "")]  # fmt: skip
    assert told == ["mine!", None, None], "saving it again offers what it is called, not what its file is called"
    assert ask(client, "preset", "own/mine").json()["form"]["batch_size"] == 32
    assert ask(client, "delete", "own/mine").status_code == 200
    assert ask(client, "preset", "own/mine").status_code == 409


def test_a_run_fills_a_form(client, runs):
    config = resolve({"batch_size": 32, "group": "seeds-12ab"})
    run = all_runs.create(runs, config.model_dump(), {})
    form = ask(client, "run", run.id).json()["form"]
    assert changes(resolve(form_state.changes_of(form))) == {"batch_size": 32}, "the new run joins no group by itself"


def test_a_kept_form_that_cannot_be_read_is_replaced_and_spoken_of(client):
    broken = form_state.blank() | {"stages": [{"epochs": 3}]}
    told = ask(client, "begin", form=broken).json()
    assert told["form"] == form_state.blank() and "could not be read" in told["notice"]
    older = {key: value for key, value in form_state.blank().items() if key != "optimizer"} | {"batch_size": 32}
    told = ask(client, "begin", form=older).json()
    assert told["form"] == form_state.blank() | {"batch_size": 32} and "notice" not in told


def test_an_unknown_question_is_named(client):
    answer = ask(client, "stage_title")
    assert answer.status_code == 404 and "preset" in answer.json()["error"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"stages": [3]},
        {"stages": [{}], "optimizer": 5},
        {"stages": [{"epochs": {}}], "epochs": []},
        {"stages": [{"train": None}]},
        {"stages": [{"schedule": {"name": []}}]},
        {"stages": [{}], "augmentations": [{"name": "../sgd"}]},
        {"stages": [{}], "parts": 7},
    ],
)
@pytest.mark.parametrize("what", ["check", *ACTIONS])
def test_what_is_no_form_gets_a_sentence(client, what, form):
    body = {"form": form} if what == "check" else {"state": {"form": form}, "value": 3}
    answer = client.post(f"/api/form/{what}", json=body)
    assert answer.status_code < 500
    assert answer.status_code == 200 or answer.json().get("error")
