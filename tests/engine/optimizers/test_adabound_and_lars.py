"""AdaBound, AdaBoundW and LARS against their formulas, written out once more."""

import math

import pytest
import torch
from torch import Tensor, nn

from engine.optimizers import adabound, adaboundw, adam, lars

STEPS = 20
RATE, DECAY = 0.02, 0.01


def network(last_bias: float = 0.0) -> nn.Module:
    """A last bias of 0 is shorter than LARS's threshold."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    nn.init.constant_(net[2].bias, last_bias)
    return net


def trained(
    part, options: dict, factors: list[float], last_bias: float = 0.0
) -> tuple[list[Tensor], list[list[Tensor]]]:
    """The weights after 20 steps, the rate of each multiplied by its factor, and the gradients that were used."""
    net = network(last_bias)
    group = {"params": list(net.parameters()), "lr": RATE, "weight_decay": DECAY, "part": "all", "base_rate": RATE}
    optimizer = part.build(part.Options(**options), [group])
    gradients = []
    images = torch.randn(STEPS, 16, 6, generator=torch.Generator().manual_seed(1))
    for batch, factor in zip(images, factors, strict=True):
        optimizer.param_groups[0]["lr"] = RATE * factor
        optimizer.zero_grad()
        net(batch).square().mean().backward()
        gradients.append([parameter.grad.clone() for parameter in net.parameters()])
        optimizer.step()
    return [parameter.detach() for parameter in net.parameters()], gradients


FALLING = [1 - step / STEPS for step in range(STEPS)]


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
