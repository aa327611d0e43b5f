"""Polynomial decay: the learning rate falls with a power of the remaining stage. As torch's PolynomialLR"""

from collections.abc import Callable

from pydantic import Field

from engine.options import PartOptions


class Options(PartOptions):
    power: float = Field(
        2.0,
        gt=0,
        le=10,
        description="Power of the decay: 1 is a straight line, larger falls early and settles long, smaller falls "
        "late.",
    )
    final_factor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Final learning rate as a fraction of the initial one. 0 settles fully; larger keeps learning.",
    )


def build(options: Options) -> Callable[[float], float]:
    """The factor at progress in [0, 1]: 1 at the start, final_factor at the end."""
    final = options.final_factor
    return lambda progress: final + (1 - final) * (1 - progress) ** options.power
