"""SGDR: cosine annealing with warm restarts. Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983

The cycles fill the stage exactly, however long it is.
"""

import math
from collections.abc import Callable

from pydantic import Field, model_validator

from engine.options import PartOptions

LONGEST = 1e9  # times as long as the first cycle: more steps than any training has


class Options(PartOptions):
    cycles: int = Field(
        4,
        ge=1,
        le=1000,
        description="Number of cycles. More restarts more often, with less time to settle.",
    )
    growth: float = Field(
        1.0, ge=1, le=10, description="Length of each cycle relative to the previous one; 1 makes all equal."
    )
    final_factor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Final rate of each cycle as a fraction of its start. 0 settles fully; larger keeps learning.",
    )

    @model_validator(mode="after")
    def first_cycle_has_a_step(self) -> "Options":
        if (self.cycles - 1) * math.log10(self.growth) > math.log10(LONGEST):
            most = 1 + int(math.log10(LONGEST) / math.log10(self.growth))
            raise ValueError(
                f"growth {self.growth:g} leaves the first of {self.cycles} cycles no step; at most {most} cycles do"
            )
        return self


def build(options: Options) -> Callable[[float], float]:
    """The factor at progress in [0, 1]; it is back at 1 from the very point where a cycle ends, but for the last."""
    lengths = [options.growth**cycle for cycle in range(options.cycles)]
    begins = [sum(lengths[:cycle]) / sum(lengths) for cycle in range(options.cycles)]
    ends = [*begins[1:], 1.0]

    def factor(progress: float) -> float:
        cycle = sum(progress >= begin for begin in begins) - 1
        within = (progress - begins[cycle]) / (ends[cycle] - begins[cycle])
        return options.final_factor + (1 - options.final_factor) / 2 * (1 + math.cos(math.pi * within))

    return factor
