"""AdaBoundW: AdaBound with decoupled weight decay. Luo et al. 2019, https://arxiv.org/abs/1902.09843

As in the authors' code the decay is not scaled by the learning rate: it takes its share of each weight at every step.
"""

from typing import Any

import torch
from pydantic import Field

from engine.optimizers._adabound import AdaBound
from engine.optimizers._options import Betas, Epsilon, FinalRate, Gamma, LearningRate
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: LearningRate = 0.001
    weight_decay: float = Field(
        1e-4,
        ge=0,
        lt=1,
        description="Share of each weight removed at every step, whatever the learning rate. Higher fits the training "
        "images less closely.",
    )
    betas: Betas = Field([0.9, 0.999])
    eps: Epsilon = 1e-8
    final_rate: FinalRate = 0.1
    gamma: Gamma = 0.001


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """AdaBoundW over groups that bring their own params, lr and weight_decay."""
    return AdaBound(
        parameter_groups,
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
        betas=(options.betas[0], options.betas[1]),
        eps=options.eps,
        final_rate=options.final_rate,
        gamma=options.gamma,
        decoupled=True,
    )
