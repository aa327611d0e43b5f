"""SGD: stochastic gradient descent with momentum. Sutskever et al. 2013; torch.optim.SGD"""

from typing import Any

import torch
from pydantic import Field, model_validator

from engine.optimizers._options import GradientDecay, LearningRate, Momentum
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: LearningRate = 0.1
    weight_decay: GradientDecay = 1e-4
    momentum: Momentum = 0.9
    nesterov: bool = Field(
        True, description="Take the gradient one momentum step ahead, which corrects overshooting sooner."
    )

    @model_validator(mode="after")
    def nesterov_needs_momentum(self) -> "Options":
        if self.nesterov and not self.momentum:
            raise ValueError(
                f"nesterov needs momentum above 0, not {self.momentum:g}: turn nesterov off, or raise momentum"
            )
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
