"""AdaBound and AdaBoundW against their authors' rule, written out once more."""

import math

import pytest
import torch

from engine.optimizers import adabound, adaboundw, adam
from tests.engine.optimizers.twenty_steps import DECAY, FALLING, RATE, STEPS, network, trained


@pytest.mark.parametrize(("part", "decoupled"), [(adabound, False), (adaboundw, True)])
@pytest.mark.parametrize("factors", [[1.0] * STEPS, FALLING])
def test_adabound_follows_its_authors_rule(part, decoupled: bool, factors: list[float]) -> None:
    ours, gradients = trained(part, {"gamma": 0.05, "final_rate": 0.03, "betas": [0.8, 0.9]}, factors)
    for number, weight in enumerate(network().parameters()):
        w = weight.detach().double()
        m, v = torch.zeros_like(w), torch.zeros_like(w)
        for t, (factor, step) in enumerate(zip(factors, gradients, strict=True), start=1):
            g = step[number].double()
            if not decoupled:
                g = g + DECAY * w
            m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
            size = RATE * factor * math.sqrt(1 - 0.9**t) / (1 - 0.8**t) / (v.sqrt() + 1e-8)
            final = 0.03 * factor
            size = torch.minimum(torch.maximum(size, torch.tensor(final * (1 - 1 / (0.05 * t + 1)))),
                                 torch.tensor(final * (1 + 1 / (0.05 * t))))  # fmt: skip
            w = w - size * m - (DECAY * w if decoupled else 0)
        torch.testing.assert_close(ours[number].double(), w, rtol=1e-5, atol=1e-6)


def test_adabound_with_open_bounds_is_adam() -> None:
    ours, _ = trained(adabound, {"gamma": 1e-9, "eps": 1e-12}, [1.0] * STEPS)
    theirs, _ = trained(adam, {"eps": 1e-12}, [1.0] * STEPS)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_adabound_with_closed_bounds_takes_the_final_rate() -> None:
    ours, gradients = trained(adabound, {"gamma": 0.999, "final_rate": 0.01, "betas": [0.0, 0.999]}, [1.0] * STEPS)
    late, _ = trained(adabound, {"gamma": 0.999, "final_rate": 0.01, "betas": [0.0, 0.999]}, [1.0] * 19 + [0.0])
    for after, before, gradient in zip(ours, late, gradients[-1], strict=True):
        rates = (before - after) / (gradient + DECAY * before)
        steady = gradient.abs() > 1e-4
        assert rates[steady].min() > 0.0094 and rates[steady].max() < 0.0106
