"""LARS: layer-wise adaptive learning rates, for very large batches. You et al. 2017, https://arxiv.org/abs/1708.03888

Two rules are in use. hysts/pytorch_image_classification scales by |w| / (|g| + decay |w|) and keeps the rate inside the
momentum; timm multiplies a trust coefficient and keeps the rate outside. A rate of 0.02 of hysts is 0.02 of timm's with
trust_coefficient 1 and adapt_all, while the rate stays constant.
"""

from typing import Any, Literal

import torch
from pydantic import Field
from timm.optim import Lars

from engine.optimizers._options import GradientDecay, Momentum
from engine.options import PartOptions


class Options(PartOptions):
    learning_rate: float = Field(
        0.02,
        gt=0,
        le=100,
        description="Step size relative to the weights of each layer. Higher learns faster until training becomes "
        "unstable. Stages may override it.",
    )
    weight_decay: GradientDecay = 1e-4
    momentum: Momentum = 0.9
    rule: Literal["hysts", "timm"] = Field(
        "hysts",
        description="hysts: scale every tensor, even BatchNorm and biases; timm: the more conservative rule.",
    )
    threshold: float = Field(
        0.01,
        ge=0,
        le=1000,
        description="hysts only: tensors with a norm below this are not scaled, so that new biases can grow.",
    )
    trust_coefficient: float = Field(
        0.001, gt=0, le=100, description="timm only: multiplies the scale. Higher takes longer steps."
    )
    adapt_all: bool = Field(
        False, description="timm only: scale tensors without weight decay too; off leaves them unscaled."
    )


class HystsLars(torch.optim.Optimizer):
    """The rate is inside the momentum buffer: buffer = momentum buffer + lr local (g + decay w); w = w - buffer."""

    def __init__(
        self, groups: list[dict[str, Any]], lr: float, weight_decay: float, momentum: float, threshold: float
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "threshold": threshold}
        super().__init__(groups, defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            decay = group["weight_decay"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                length, slope = weight.norm(), weight.grad.norm()
                local = torch.where(length < group["threshold"], 1.0, length / (slope + decay * length + 1e-9))
                change = group["lr"] * local * (weight.grad + decay * weight)
                state = self.state[weight]
                state["buffer"] = group["momentum"] * state["buffer"] + change if state else change
                weight.sub_(state["buffer"])


def build(options: Options, parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """LARS over groups that bring their own params, lr and weight_decay."""
    common: dict[str, Any] = {
        "lr": options.learning_rate, "weight_decay": options.weight_decay, "momentum": options.momentum,
    }  # fmt: skip
    if options.rule == "hysts":
        return HystsLars(parameter_groups, threshold=options.threshold, **common)
    return Lars(parameter_groups, trust_coeff=options.trust_coefficient, always_adapt=options.adapt_all, **common)
