"""What a step costs is measured by taking some, in a process that says what went wrong."""

import pytest
import torch

from engine.config.differences import resolve
from engine.stages import freezing
from engine.training import threads
from engine.training.build_model import build_model
from engine.worker import step_cost
from engine.worker.cache import Shelf
from engine.worker.trial import Trial
from tests.made_runs import ask
from tests.training import TINY


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path, tmp_path)


def test_each_stage_is_measured_and_the_plan_is_their_sum(shelf):
    stages = [{"epochs": 2}, {"epochs": 3, "train": ["head"]}]
    answer = ask(shelf, "step_cost", config=TINY | {"stages": stages, "batch_size": 16, "accumulate": 2})
    assert answer["device"] == "cpu" and answer["threads"] == 1 and answer["images"] == 32
    assert [(stage["steps"], stage["epochs"]) for stage in answer["stages"]] == [(10, 2), (10, 3)]
    assert all(stage["seconds"] > 0 and stage["memory"] > 50_000_000 for stage in answer["stages"])
    whole = sum(stage["steps"] * stage["epochs"] * stage["seconds"] for stage in answer["stages"])
    assert answer["seconds"] == pytest.approx(whole + 5 * answer["scoring"]) and answer["scoring"] > 0
    assert answer["memory"] == max(stage["memory"] for stage in answer["stages"]) and answer["memory_free"] > 0
    assert list(shelf.runs.iterdir()) == [], "nothing is kept"


def test_a_config_that_cannot_be_tried_says_why(shelf):
    with pytest.raises(ValueError, match="did you mean 'adamw'"):
        ask(shelf, "step_cost", config=TINY | {"optimizer": {"name": "adamww"}})


def test_what_is_missing_is_said_by_the_process_in_a_sentence(shelf):
    with pytest.raises(ValueError, match=r"^path 'nowhere': there is no folder"):
        ask(shelf, "step_cost", config=TINY | {"data": {"name": "image_folder", "path": "nowhere"}})


def test_a_stage_that_fails_is_named(shelf, monkeypatch):
    def refuse(model, stage):
        if stage.title == "large":
            raise RuntimeError("there is no room")

    monkeypatch.setattr(freezing, "train_mode", refuse)
    monkeypatch.setattr(threads, "fix_threads", lambda *_: 1)
    config = resolve(TINY | {"stages": [{"epochs": 1}, {"epochs": 1, "title": "large"}]})
    with pytest.raises(ValueError, match=r"^The trial of stage 2 of 2 \(large\), in which .* there is no room\. "):
        step_cost.measure(config, shelf.data, shelf.runs, lambda *_: None)


def test_where_memory_runs_out_it_says_what_to_do(shelf, monkeypatch):
    def refuse(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(freezing, "train_mode", refuse)
    monkeypatch.setattr(threads, "fix_threads", lambda *_: 1)
    config = resolve(TINY | {"stages": [{"train": ["head"]}], "allow_random_frozen": True})
    with pytest.raises(ValueError) as said:
        step_cost.measure(config, shelf.data, shelf.runs, lambda *_: None)
    assert str(said.value) == (
        "The trial of stage 1 of 1, in which head train, failed: memory ran out. Nothing was trained yet. Choose a "
        "smaller batch_size or more subdivisions, or thaw fewer parts."
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_is_not_there_is_said_to_be_missing(shelf):
    with pytest.raises(ValueError, match="device: cuda:0 cannot be used: PyTorch sees 0 graphics cards"):
        ask(shelf, "step_cost", config=TINY | {"device": "cuda:0"})


def test_a_process_that_dies_without_a_word_is_an_error_with_advice(shelf, monkeypatch):
    monkeypatch.setattr(step_cost, "PROCESS", "keyword")  # a module that does nothing
    with pytest.raises(ValueError, match="most likely memory ran out: choose a smaller batch_size"):
        ask(shelf, "step_cost", config=TINY)


@pytest.mark.parametrize("changes", [{"subdivisions": 4}, {"batch_size": 8, "accumulate": 4}])
def test_a_step_in_pieces_has_the_gradient_of_the_whole_batch(shelf, changes):
    """Where BatchNorm does not look at the batch."""
    gradients = []
    for more in ({}, changes):
        config = resolve(TINY | {"allow_random_frozen": True, "stages": [{"train": ["head"]}]} | more)
        trial = Trial(config, shelf.dataset(config), build_model(config, 1, 10, 16), {}, shelf.runs)
        loss = trial.step(0.0)
        gradients.append(torch.cat([p.grad.flatten() for p in trial.stepper.model.parameters() if p.grad is not None]))
        gradients[-1] = torch.cat([gradients[-1], torch.tensor([loss])])
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-6)
