"""Adam: adaptive steps from running moments of each weight's gradient. Kingma & Ba 2015,
https://arxiv.org/abs/1412.6980
"""

from typing import Any

import torch
from pydantic import Field

from engine.optimizers._options import AmsGrad, Betas, Epsilon, LearningRate, ScaledDecay
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: LearningRate = 0.001
    weight_decay: ScaledDecay = 0.0
    betas: Betas = Field([0.9, 0.999])
    eps: Epsilon = 1e-8
    amsgrad: AmsGrad = False


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Adam over groups that bring their own params, lr and weight_decay."""
    return torch.optim.Adam(
        parameter_groups,
        lr=options.learning_rate,
        betas=(options.betas[0], options.betas[1]),
        eps=options.eps,
        weight_decay=options.weight_decay,
        amsgrad=options.amsgrad,
        fused=True,  # takes found_inf, so a step with a non-finite gradient is skipped on the device
    )
