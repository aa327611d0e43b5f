"""Stages are set up before there are weights, and an optimizer that cannot be built is a fault at its field."""

import pytest
import torch

from engine.config.differences import resolve
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan, without_weights
from engine.worker.planned_setups import set_up
from tests.made_runs import ask
from tests.training import TINY

WITHOUT_USE = {"optimizer": {"name": "timm", "algorithm": "lion", "eps": 0.1}}


def test_of_a_model_without_weights_and_without_stages_in_which_nothing_trains():
    config = resolve(TINY | {"stages": [{"epochs": 1}, {"epochs": 1, "train": ["head"]}]})
    stages = [config.stages[0], config.stages[1].model_copy(update={"train": []}), config.stages[1]]
    setups = set_up(config, stages, without_weights(config, 1, 10, 16))
    assert [setup.number for setup in setups] == [0, 2]
    assert list(setups[1].base_rates) == ["head"]
    weights = [weight for setup in setups for group in setup.groups for weight in group["params"]]
    assert {weight.device for weight in weights} == {torch.device("meta")}


def test_an_optimizer_that_cannot_be_built_is_a_fault_at_its_field(tmp_path):
    says = "optimizer: eps 0.1 is not used by algorithm 'lion'; leave it empty"
    lines, faults, _ = describe_plan(resolve(TINY | WITHOUT_USE), Cache(tmp_path, tmp_path))
    assert (lines, list(map(str, faults))) == ([], [says])
    with pytest.raises(ValueError, match=says):
        ask(Cache(tmp_path, tmp_path), "schedule", config=TINY | WITHOUT_USE)
