"""One cycle as torch has it."""

import math

import pytest
import torch

from engine.schedules import one_cycle
from tests.engine.schedules.torch_rates import torchs_rates


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
