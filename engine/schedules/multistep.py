"""Multistep: the learning rate drops at fixed points. He et al. 2015, https://arxiv.org/abs/1512.03385"""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, model_validator

from engine.options import PartOptions


class Options(PartOptions):
    milestones: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        [0.5, 0.75],
        min_length=1,
        description="Milestones as fractions of the stage: 0.5 is halfway. Earlier drops end the fast, noisy part of "
        "training sooner.",
    )
    gamma: float = Field(
        0.1, gt=0, lt=1, description="Factor of the learning rate at each milestone. Smaller drops further."
    )

    @model_validator(mode="after")
    def milestones_rise(self) -> "Options":
        if self.milestones != sorted(set(self.milestones)):
            raise ValueError(f"milestones {self.milestones} must rise, each larger than the one before")
        return self


def build(options: Options) -> Callable[[float], float]:
    """The factor at progress in [0, 1]; it has dropped from the very point where progress equals a milestone."""
    return lambda progress: options.gamma ** sum(progress >= milestone for milestone in options.milestones)
