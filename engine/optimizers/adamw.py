"""AdamW: Adam with decoupled weight decay. Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101"""

from typing import Any

import torch
from pydantic import Field

from engine.optimizers._options import AmsGrad, Betas, Epsilon, LearningRate
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: LearningRate = 0.001
    weight_decay: float = Field(
        0.05,
        ge=0,
        le=10,
        description="Share of each weight removed per unit of learning rate. Higher fits the training images less "
        "closely.",
    )
    betas: Betas = Field([0.9, 0.999])
    eps: Epsilon = 1e-8
    amsgrad: AmsGrad = False


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """AdamW over groups that bring their own params, lr and weight_decay."""
    return torch.optim.AdamW(
        parameter_groups,
        lr=options.learning_rate,
        betas=(options.betas[0], options.betas[1]),
        eps=options.eps,
        weight_decay=options.weight_decay,
        amsgrad=options.amsgrad,
        fused=True,  # takes found_inf, so a step with a non-finite gradient is skipped on the device
    )
