"""Warm restarts as torch has them, to the step."""

import math

import pytest
import torch

from engine.schedules import sgdr
from tests.engine.schedules.torch_rates import torchs_rates


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
