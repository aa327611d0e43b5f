"""Linear decay: the learning rate falls along a straight line."""

from collections.abc import Callable

from pydantic import Field

from engine.options import PartOptions


class Options(PartOptions):
    final_factor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Final learning rate as a fraction of the initial one. 0 settles fully; larger keeps learning.",
    )


def build(options: Options) -> Callable[[float], float]:
    """The factor at progress in [0, 1]: 1 at the start, final_factor at the end."""
    return lambda progress: 1 - (1 - options.final_factor) * progress
