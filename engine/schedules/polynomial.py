"""Polynomial: the learning rate falls along a power of what is left of the stage. As torch's PolynomialLR"""

from collections.abc import Callable

from pydantic import Field

from engine.options import PartOptions


class Options(PartOptions):
    power: float = Field(
        2.0,
        gt=0,
        le=10,
        description="How the fall is bent: 1 is a straight line, more falls early and settles long, less falls late.",
    )
    final_factor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="What is left of the learning rate at the end of the stage. 0 settles fully; more keeps learning.",
    )


def build(options: Options) -> Callable[[float], float]:
    """The factor at progress in [0, 1]: 1 at the start, final_factor at the end."""
    final = options.final_factor
    return lambda progress: final + (1 - final) * (1 - progress) ** options.power
