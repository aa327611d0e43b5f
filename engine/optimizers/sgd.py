"""SGD: steps against the gradient, with momentum. Sutskever et al. 2013; torch.optim.SGD"""

from typing import Any

import torch
from pydantic import Field, model_validator

from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: float = Field(
        0.1,
        gt=0,
        le=100,
        description="Size of the steps. Larger learns faster until it becomes unstable; smaller is slower and safer. "
        "Stages may override it.",
    )
    weight_decay: float = Field(
        1e-4,
        ge=0,
        le=1,
        description="Pull of all weights towards zero, added to the gradient. More fits the training images "
        "less closely.",
    )
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        description="How much of the last step goes into the next. More is smoother and faster along steady slopes.",
    )
    nesterov: bool = Field(
        True, description="Whether the gradient is taken one momentum step ahead, which corrects overshooting sooner."
    )

    @model_validator(mode="after")
    def nesterov_needs_momentum(self) -> "Options":
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov does not fit momentum 0: switch nesterov off, or set momentum above 0")
        return self


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """SGD over groups that bring their own params, lr and weight_decay."""
    return torch.optim.SGD(
        parameter_groups,
        lr=options.learning_rate,
        momentum=options.momentum,
        weight_decay=options.weight_decay,
        nesterov=options.nesterov,
        fused=True,  # takes found_inf, so a step with a non-finite gradient is skipped on the device
    )
