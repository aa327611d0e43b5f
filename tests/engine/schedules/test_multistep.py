"""The factor at and beside each milestone."""

import math

import pytest

from engine.schedules import multistep


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
