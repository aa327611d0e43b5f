"""One cycle: the learning rate rises to its peak, then falls to almost nothing.
Smith & Topin 2018, https://arxiv.org/abs/1708.07120

The optimizer's learning rate is the peak. It brings a warm-up of its own.
"""

import math
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from engine.options import PartOptions


class Options(PartOptions):
    peak: float = Field(
        0.3, gt=0, lt=1, description="Position of the peak, as a fraction of the stage. Later rises more gently."
    )
    start_factor: float = Field(
        0.04, ge=0, le=1, description="Initial rate as a fraction of the peak. Smaller starts more gently."
    )
    final_factor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Final rate as a fraction of the peak. 0 settles fully; larger keeps learning.",
    )
    shape: Literal["cosine", "linear"] = Field(
        "cosine", description="Shape of rise and fall: half a cosine wave, as in torch, or straight lines."
    )


def build(options: Options) -> Callable[[float], float]:
    """The factor at progress in [0, 1]: start_factor at the start, 1 at the peak, final_factor at the end."""

    def between(start: float, end: float, share: float) -> float:
        bent = (1 - math.cos(math.pi * share)) / 2 if options.shape == "cosine" else share
        return start + (end - start) * bent

    def factor(progress: float) -> float:
        if progress < options.peak:
            return between(options.start_factor, 1.0, progress / options.peak)
        return between(1.0, options.final_factor, (progress - options.peak) / (1 - options.peak))

    return factor
