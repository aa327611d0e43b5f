"""Cosine annealing: the learning rate falls along half a cosine wave. Loshchilov & Hutter 2017,
https://arxiv.org/abs/1608.03983
"""

import math
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
    final = options.final_factor
    return lambda progress: final + (1 - final) / 2 * (1 + math.cos(math.pi * progress))
