"""Trial steps are those that a training would."""

import math

import pytest
import torch

from engine.config.differences import resolve
from engine.training.build_model import build_model
from engine.worker.cache import Cache
from engine.worker.trial_steps import TrialSteps
from tests.training import TINY


def test_a_model_is_shortened_once_however_many_stages_are_tried(tmp_path):
    config = resolve(TINY | {"precision": "pure_fp16", "stages": [{"epochs": 1}, {"epochs": 1}]})
    worker_cache = Cache(tmp_path, tmp_path)
    model = build_model(config, 1, 10, 16)
    first, second = (
        TrialSteps(config, worker_cache.dataset(config), model, {}, tmp_path, stage=stage) for stage in (0, 1)
    )
    assert math.isfinite(first.step(0.01)) and math.isfinite(second.step(0.01))
    assert all(len(module._forward_hooks) <= 1 for module in model.modules())


def test_parts_with_rates_of_their_own_keep_their_ratio(worker_cache):
    config = resolve(TINY | {"stages": [{"epochs": 1, "learning_rate": {"head": 0.2, "stem": 0.002}}]})
    dataset = worker_cache.dataset(config)
    trial = TrialSteps(config, dataset, build_model(config, 1, 10, 16), {}, worker_cache.runs)
    trial.step(0.5)
    rates = {group["part"]: group["lr"] for group in trial.setup.groups}
    assert rates["head"] == 0.5 and rates["stem"] == pytest.approx(0.005) and rates["layer1"] == pytest.approx(0.125)


@pytest.mark.parametrize("changes", [{"subdivisions": 4}, {"batch_size": 8, "accumulate": 4}])
def test_a_step_in_pieces_has_the_gradient_of_the_whole_batch(worker_cache, changes):
    """Where BatchNorm does not look at the batch."""
    gradients = []
    for more in ({}, changes):
        config = resolve(TINY | {"allow_random_frozen": True, "stages": [{"train": ["head"]}]} | more)
        trial = TrialSteps(config, worker_cache.dataset(config), build_model(config, 1, 10, 16), {}, worker_cache.runs)
        loss = trial.step(0.0)
        gradients.append(torch.cat([p.grad.flatten() for p in trial.stepper.model.parameters() if p.grad is not None]))
        gradients[-1] = torch.cat([gradients[-1], torch.tensor([loss])])
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-6)
