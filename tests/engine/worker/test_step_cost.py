"""What a step costs is measured by taking some, in a process that says what went wrong."""

import pytest
import torch

from engine.config.differences import resolve
from engine.device import threads
from engine.stages import freezing
from engine.worker import step_cost
from tests.made_runs import ask
from tests.training import TINY


def test_each_stage_is_measured_and_the_plan_is_their_sum(worker_cache):
    stages = [{"epochs": 2}, {"epochs": 3, "train": ["head"]}]
    answer = ask(worker_cache, "step_cost", config=TINY | {"stages": stages, "batch_size": 16, "accumulate": 2})
    assert answer["device"] == "cpu" and answer["threads"] == 1 and answer["images"] == 32
    assert [(stage["steps"], stage["epochs"]) for stage in answer["stages"]] == [(10, 2), (10, 3)]
    assert all(stage["seconds"] > 0 and stage["memory"] > 50_000_000 for stage in answer["stages"])
    whole = sum(stage["steps"] * stage["epochs"] * stage["seconds"] for stage in answer["stages"])
    assert answer["seconds"] == pytest.approx(whole + 5 * answer["scoring"]) and answer["scoring"] > 0
    assert answer["memory"] == max(stage["memory"] for stage in answer["stages"]) and answer["memory_free"] > 0
    assert list(worker_cache.runs.iterdir()) == [], "nothing is kept"


def test_a_config_that_cannot_be_tried_says_why(worker_cache):
    with pytest.raises(ValueError, match="did you mean 'adamw'"):
        ask(worker_cache, "step_cost", config=TINY | {"optimizer": {"name": "adamww"}})


def test_a_stage_that_fails_is_named(worker_cache, monkeypatch):
    def refuse(model, stage):
        if stage.title == "large":
            raise RuntimeError("there is no room")

    monkeypatch.setattr(freezing, "train_mode", refuse)
    monkeypatch.setattr(threads, "fix_threads", lambda *_: 1)
    config = resolve(TINY | {"stages": [{"epochs": 1}, {"epochs": 1, "title": "large"}]})
    with pytest.raises(ValueError, match=r"^The trial of stage 2 of 2 \(large\), which trains .* there is no room\. "):
        step_cost.measure(config, worker_cache.data, worker_cache.runs, lambda *_: None)


def test_where_memory_runs_out_it_says_what_to_do(worker_cache, monkeypatch):
    def refuse(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(freezing, "train_mode", refuse)
    monkeypatch.setattr(threads, "fix_threads", lambda *_: 1)
    config = resolve(TINY | {"stages": [{"train": ["head"]}], "allow_random_frozen": True})
    with pytest.raises(ValueError) as said:
        step_cost.measure(config, worker_cache.data, worker_cache.runs, lambda *_: None)
    assert str(said.value) == (
        "The trial of stage 1 of 1, which trains head, failed: memory ran out. Nothing has been trained yet. Choose a "
        "smaller batch_size or more subdivisions, or thaw fewer parts."
    )
