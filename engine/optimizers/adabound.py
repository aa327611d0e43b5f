"""AdaBound: begins like Adam and ends like SGD. Luo et al. 2019, https://arxiv.org/abs/1902.09843

The size of each step is held between two bounds that close around a final rate. The rule is that of the authors' code.
"""

from typing import Annotated, Any

import torch
from pydantic import Field

from engine.optimizers._adabound import AdaBound
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: float = Field(
        0.001,
        gt=0,
        le=100,
        description="Size of the first steps, as Adam's. Larger learns faster until it becomes unstable. "
        "Stages may override it.",
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Pull of all weights towards zero, added to the gradient and scaled with it. More fits the "
        "training images less closely.",
    )
    betas: list[Annotated[float, Field(ge=0, lt=1)]] = Field(
        [0.9, 0.999],
        min_length=2,
        max_length=2,
        description="How much is kept, at each step, of the running means of the gradient and of its square. "
        "Closer to 1 is smoother and slower to react.",
    )
    eps: float = Field(
        1e-8,
        gt=0,
        le=1,
        description="Added to the divisor of each step. Larger tames weights whose gradients are tiny.",
    )
    final_rate: float = Field(
        0.1,
        gt=0,
        le=100,
        description="The learning rate to which all steps come in the end, as of SGD. It follows the schedule.",
    )
    gamma: float = Field(
        0.001,
        gt=0,
        lt=1,
        description="How fast the bounds close around the final rate. More turns to SGD sooner.",
    )


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
