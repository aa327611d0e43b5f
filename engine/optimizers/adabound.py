"""AdaBound: starts like Adam and ends like SGD. Luo et al. 2019, https://arxiv.org/abs/1902.09843

The size of each step is held between two bounds that close around a final rate. The rule is that of the authors' code.
"""

from typing import Any

import torch
from pydantic import Field

from engine.optimizers._adabound import AdaBound
from engine.optimizers._options import Betas, Epsilon, FinalRate, Gamma, LearningRate, ScaledDecay
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: LearningRate = 0.001
    weight_decay: ScaledDecay = 0.0
    betas: Betas = Field([0.9, 0.999])
    eps: Epsilon = 1e-8
    final_rate: FinalRate = 0.1
    gamma: Gamma = 0.001


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """AdaBound over groups that bring their own params, lr and weight_decay."""
    return AdaBound(
        parameter_groups,
        lr=options.learning_rate,
        weight_decay=options.weight_decay,
        betas=(options.betas[0], options.betas[1]),
        eps=options.eps,
        final_rate=options.final_rate,
        gamma=options.gamma,
        decoupled=False,
    )
