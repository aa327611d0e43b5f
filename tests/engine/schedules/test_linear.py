"""A straight line from one to its end."""

import pytest

from engine.schedules import linear


@pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
def test_linear_runs_from_one_to_its_end(final: float) -> None:
    factor = linear.build(linear.Options(final_factor=final))
    assert [factor(0), factor(0.5), factor(1)] == pytest.approx([1, (1 + final) / 2, final])
