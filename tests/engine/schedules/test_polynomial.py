"""A power of what is left, as torch has it."""

import pytest
import torch

from engine.schedules import polynomial
from tests.engine.schedules.torch_rates import torchs_rates


@pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
def test_polynomial_runs_from_one_to_its_end(final: float) -> None:
    factor = polynomial.build(polynomial.Options(final_factor=final))
    assert [factor(0), factor(0.5), factor(1)] == pytest.approx([1, final + (1 - final) * 0.25, final])


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.5])
def test_polynomial_equals_torchs(power: float) -> None:
    factor = polynomial.build(polynomial.Options(power=power))
    theirs = torchs_rates(lambda o: torch.optim.lr_scheduler.PolynomialLR(o, total_iters=40, power=power), 40)
    assert [factor(step / 40) for step in range(41)] == pytest.approx(theirs, abs=1e-7)
