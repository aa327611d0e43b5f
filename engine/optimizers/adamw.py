"""AdamW: Adam with weight decay apart from the gradient. Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101"""

from typing import Annotated, Any

import torch
from pydantic import Field

from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: float = Field(
        0.001,
        gt=0,
        le=100,
        description="Size of the steps. Larger learns faster until it becomes unstable; smaller is slower and safer. "
        "Stages may override it.",
    )
    weight_decay: float = Field(
        0.05,
        ge=0,
        le=10,
        description="Share of each weight that is taken off per unit of learning rate. More fits the training "
        "images less closely.",
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
    amsgrad: bool = Field(
        False,
        description="Whether to divide by the largest mean square so far (Reddi et al. 2018): steps cannot grow again.",
    )


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
