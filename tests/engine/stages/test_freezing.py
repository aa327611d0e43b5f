"""Freezing is exact: what is frozen stays bit for bit, BatchNorm does what the stage says, names match as names."""

import pytest
import torch

from engine.config.differences import resolve
from engine.config.stage import Stage
from engine.stages import freezing, model_parts
from engine.stages.parameter_groups import parameter_groups
from engine.training.build_model import build_model
from tests.engine.stages.small_model import small_model

SEED_002 = {
    "data": "cifar10",
    "model": {"layout": "imagenet", "depth": 18, "stem": "small"},
    "attention": "cbam",
    "optimizer": "adam",
    "allow_random_frozen": True,
    "stages": [
        {"epochs": 5, "train": ["attention", "head"], "learning_rate": 1e-3},
        {"epochs": 15, "train": ["layer3", "layer4", "attention", "head"], "learning_rate": 1e-4},
        {"epochs": 30, "learning_rate": 1e-5},
    ],
}


def trainable(model):
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def step(model, stage, learning_rate=0.1):
    """One update on random images, as the trainer makes it."""
    freezing.freeze(model, stage)
    freezing.train_mode(model, stage)
    groups = parameter_groups(model, stage, learning_rate, 0.0)
    optimizer = torch.optim.SGD(groups, lr=learning_rate)
    model(torch.randn(8, 1, 16, 16)).square().mean().backward()
    optimizer.step()


def test_the_stages_of_seed_002_train_as_many_parameters_as_published():
    config = resolve(SEED_002)
    with torch.device("meta"):
        model = build_model(config, 3, 10, 32)
    counts = []
    for stage in config.stages:
        freezing.freeze(model, stage)
        counts.append(trainable(model))
    assert counts == [49_042, 10_542_482, 11_217_874]


@pytest.mark.parametrize("frozen_batchnorm", ["frozen", "adapts", "affine_trains"])
def test_frozen_parameters_do_not_move_by_a_bit(frozen_batchnorm):
    model = small_model()
    stage = Stage(train=["head"], frozen_batchnorm=frozen_batchnorm)
    before = {name: value.clone() for name, value in model.named_parameters()}
    step(model, stage)
    moved = {name for name, value in model.named_parameters() if not torch.equal(value, before[name])}
    norms = {name for name, _ in model.named_parameters() if ".bn" in name and not name.startswith("head")}
    allowed = {"head.fc.weight", "head.fc.bias"} | (norms if frozen_batchnorm == "affine_trains" else set())
    assert {"head.fc.weight", "head.fc.bias"} <= moved <= allowed
    assert bool(moved & norms) == (frozen_batchnorm == "affine_trains")


@pytest.mark.parametrize("frozen_batchnorm", ["frozen", "affine_trains", "adapts"])
def test_statistics_of_frozen_batchnorm_move_only_if_they_may_adapt(frozen_batchnorm):
    """Also after an evaluation has switched modes in between (model.train() alone would let them move)."""
    model = small_model()
    stage = Stage(train=["head"], frozen_batchnorm=frozen_batchnorm)
    step(model, stage)
    before = {name: value.clone() for name, value in model.named_buffers()}
    model.eval()
    step(model, stage)
    same = all(torch.equal(value, before[name]) for name, value in model.named_buffers())
    assert same == (frozen_batchnorm != "adapts")


def test_a_thawed_part_moves_and_its_statistics_too():
    model = small_model()
    stage = Stage(train=["layer3", "head"])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    step(model, stage)
    moved = {
        model_parts.owner(name, model.parts)
        for name, v in model.state_dict().items()
        if not torch.equal(v, before[name])
    }
    assert moved == {"layer3", "head"}
