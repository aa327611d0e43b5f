"""LARS against the rule of hysts, written out once more, and against timm's."""

import pytest
import torch

from engine.optimizers import lars
from tests.engine.optimizers.twenty_steps import DECAY, FALLING, RATE, STEPS, network, trained


@pytest.mark.parametrize("factors", [[1.0] * STEPS, FALLING])
def test_lars_follows_the_rule_of_hysts(factors: list[float]) -> None:
    ours, gradients = trained(lars, {}, factors)
    for number, weight in enumerate(network().parameters()):
        w, buffer = weight.detach().double(), 0
        for factor, step in zip(factors, gradients, strict=True):
            g = step[number].double()
            local = w.norm() / (g.norm() + DECAY * w.norm() + 1e-9) if w.norm() >= 0.01 else 1
            buffer = 0.9 * buffer + RATE * factor * local * (g + DECAY * w)
            w = w - buffer
        torch.testing.assert_close(ours[number].double(), w, rtol=1e-5, atol=1e-6)


def test_with_a_constant_rate_the_two_rules_of_lars_agree_where_all_is_adapted() -> None:
    theirs = {"rule": "timm", "trust_coefficient": 1.0, "adapt_all": True}
    hysts, _ = trained(lars, {"threshold": 0.0}, [1.0] * STEPS, last_bias=0.3)
    timm, _ = trained(lars, theirs, [1.0] * STEPS, last_bias=0.3)
    torch.testing.assert_close(hysts, timm, rtol=1e-5, atol=1e-6)
    hysts, _ = trained(lars, {"threshold": 0.0}, FALLING, last_bias=0.3)
    timm, _ = trained(lars, theirs, FALLING, last_bias=0.3)
    assert not any(torch.allclose(a, b, rtol=1e-3) for a, b in zip(hysts, timm, strict=True))  # the rate is elsewhere
