"""The factor of the learning rate at the start, at and beside each milestone, and at the end."""

import math
from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from engine.schedules import constant, cosine, linear, multistep, one_cycle, plateau, polynomial, sgdr


def test_constant_is_one() -> None:
    factor = constant.build(constant.Options())
    assert [factor(progress) for progress in (0.0, 0.3, 1.0)] == [1.0, 1.0, 1.0]


def test_multistep_drops_exactly_at_its_milestones() -> None:
    factor = multistep.build(multistep.Options())
    before = math.nextafter(0.5, 0)
    values = [factor(progress) for progress in (0.0, before, 0.5, 0.501, math.nextafter(0.75, 0), 0.75, 1.0)]
    assert values == pytest.approx([1, 1, 0.1, 0.1, 0.1, 0.01, 0.01])


@pytest.mark.parametrize(("epochs", "milestones"), [(160, [80, 120]), (200, [60, 120, 160]), (90, [30, 60])])
def test_multistep_drops_at_the_first_iteration_of_the_epoch(epochs: int, milestones: list[int]) -> None:
    """With progress as iteration / iterations no drop comes late, as in the published recipes with 390 steps."""
    steps = 390
    factor = multistep.build(multistep.Options(milestones=[epoch / epochs for epoch in milestones], gamma=0.2))
    drops = [
        iteration
        for iteration in range(1, epochs * steps)
        if factor(iteration / (epochs * steps)) < factor((iteration - 1) / (epochs * steps))
    ]
    assert drops == [epoch * steps for epoch in milestones]


@pytest.mark.parametrize("milestones", [[], [0.0], [1.0], [0.5, 0.5], [0.75, 0.5], [True]])
def test_milestones_rise_inside_the_stage(milestones: list[float]) -> None:
    with pytest.raises(ValueError, match="milestones"):
        multistep.Options(milestones=milestones)


@pytest.mark.parametrize("final", [0.0, 0.001, 0.5, 1.0])
def test_cosine_runs_from_one_over_the_middle_to_its_end(final: float) -> None:
    factor = cosine.build(cosine.Options(final_factor=final))
    assert [factor(0), factor(0.5), factor(1)] == pytest.approx([1, (1 + final) / 2, final])


def test_cosine_equals_torchs() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.1)
    factor = cosine.build(cosine.Options(final_factor=0.1))
    for step in range(51):
        assert factor(step / 50) == pytest.approx(reference.get_last_lr()[0])
        optimizer.step()
        reference.step()


METRICS = [2.0, 1.5, 1.5, 1.49999, 1.6, 1.4, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, float("nan"), 0.2, 0.3, 0.3, 0.3, 0.3, 0.3]


def test_plateau_equals_torchs() -> None:
    options = plateau.Options(patience=1, factor=0.5, threshold=0.01, minimum_factor=0.1)
    factor = plateau.build(options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, patience=1, factor=0.5, threshold=0.01, min_lr=0.1
    )
    for metric in METRICS:
        factor.react(metric)
        reference.step(metric)
        assert factor(0.5) == pytest.approx(optimizer.param_groups[0]["lr"])
    assert factor(0.5) == 0.1


def test_plateau_does_not_react_to_progress() -> None:
    factor = plateau.build(plateau.Options())
    assert [factor(progress) for progress in (0, 0.5, 1)] == [1, 1, 1]


def test_a_saved_plateau_goes_on_as_before() -> None:
    options = plateau.Options(patience=2, factor=0.5)
    factor, restored = plateau.build(options), plateau.build(options)
    for metric in METRICS[:8]:
        factor.react(metric)
    restored.load_state_dict(factor.state_dict())
    for metric in METRICS[8:]:
        factor.react(metric)
        restored.react(metric)
        assert factor(0) == restored(0)
    assert factor(0) < 1


@pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
@pytest.mark.parametrize(("part", "middle"), [(linear, 0.5), (polynomial, 0.25)])
def test_linear_and_polynomial_run_from_one_to_their_end(part: ModuleType, middle: float, final: float) -> None:
    factor = part.build(part.Options(final_factor=final))
    assert [factor(0), factor(0.5), factor(1)] == pytest.approx([1, final + (1 - final) * middle, final])


def torchs_rates(make: Callable, steps: int) -> list[float]:
    """The rates that a scheduler of torch gives at steps 0 ... steps, the optimizer's being 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, rates = make(optimizer), []
    for _ in range(steps + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) <= steps:
            scheduler.step()
    return rates


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.5])
def test_polynomial_equals_torchs(power: float) -> None:
    factor = polynomial.build(polynomial.Options(power=power))
    theirs = torchs_rates(lambda o: torch.optim.lr_scheduler.PolynomialLR(o, total_iters=40, power=power), 40)
    assert [factor(step / 40) for step in range(41)] == pytest.approx(theirs, abs=1e-7)


@pytest.mark.parametrize(("cycles", "growth", "first"), [(4, 1.0, 10), (3, 2.0, 10), (1, 1.0, 25)])
@pytest.mark.parametrize("final", [0.0, 0.2])
def test_sgdr_equals_torchs_warm_restarts(cycles: int, growth: float, first: int, final: float) -> None:
    steps = int(first * sum(growth**cycle for cycle in range(cycles)))
    factor = sgdr.build(sgdr.Options(cycles=cycles, growth=growth, final_factor=final))
    theirs = torchs_rates(
        lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, first, int(growth), eta_min=final), steps - 1
    )
    assert [factor(step / steps) for step in range(steps)] == pytest.approx(theirs, abs=1e-7)
    assert factor(1.0) == pytest.approx(final)


def test_sgdr_is_back_at_one_from_the_very_point_where_a_cycle_ends() -> None:
    factor = sgdr.build(sgdr.Options(cycles=2, growth=3.0))
    assert [factor(0.25), factor(0.0)] == [1, 1]
    assert factor(math.nextafter(0.25, 0)) == pytest.approx(0, abs=1e-9)
    assert factor(0.625) == pytest.approx(0.5)


def test_sgdr_whose_first_cycle_would_have_no_step_is_refused() -> None:
    with pytest.raises(ValueError, match="growth 10 leaves the first of 1000 cycles no step; at most 10 cycles do"):
        sgdr.Options(cycles=1000, growth=10)
    for cycles, growth in ((10, 10.0), (1000, 1.0), (1000, 1.02)):
        factor = sgdr.build(sgdr.Options(cycles=cycles, growth=growth))
        assert all(0 <= factor(step / 1000) <= 1 for step in range(1001))


@pytest.mark.parametrize("shape", ["cosine", "linear"])
def test_one_cycle_equals_torchs(shape: str) -> None:
    """Torch counts from the first to the last step, and so its peak lies at step 0.3 * 100 - 1 of 99."""
    anneal = {"cosine": "cos", "linear": "linear"}[shape]
    theirs = torchs_rates(
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, 1.0, total_steps=100, pct_start=0.3, anneal_strategy=anneal, cycle_momentum=False
        ),
        99,
    )
    options = one_cycle.Options(peak=29 / 99, start_factor=1 / 25, final_factor=1 / 25 / 1e4, shape=shape)
    factor = one_cycle.build(options)
    assert [factor(step / 99) for step in range(100)] == pytest.approx(theirs, abs=1e-7)


def test_one_cycle_runs_from_its_start_over_one_to_its_end() -> None:
    factor = one_cycle.build(one_cycle.Options(peak=0.5, start_factor=0.1, final_factor=0.2, shape="linear"))
    values = [factor(progress) for progress in (0, 0.25, math.nextafter(0.5, 0), 0.5, 0.75, 1)]
    assert values == pytest.approx([0.1, 0.55, 1, 1, 0.6, 0.2])
