"""BAM: one gate over channels and locations that only amplifies. Park et al. 2018, https://arxiv.org/abs/1807.06514

Layers, start and places as in Jongchan/attention-module, which multiplies what the paper adds: none stands behind the
last layer.
"""

from collections import OrderedDict
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from engine.options import AttentionOptions

BEFORE = {"behind_last": True}
EXAMPLES = [{}, {"combine": "sum", "reduction": 4, "dilation": 2}]


class Options(AttentionOptions):
    reduction: int = Field(
        16,
        ge=1,
        le=256,
        description="Reduction ratio of the hidden layers in both branches. Larger has fewer parameters and coarser "
        "gates.",
    )
    dilation: int = Field(
        4,
        ge=1,
        le=16,
        description="Dilation of the convolutions in the spatial branch. Larger sees more context.",
        json_schema_extra={"unit": "pixels"},
    )
    combine: Literal["product", "sum"] = Field(
        "product",
        description="How channel and spatial branch are combined before the gate: sum as in the paper, product as in "
        "the authors' code.",
    )
    behind_last: bool = Field(
        False,
        description="Also place a block after the last layer, as earlier versions did and the authors do not. Only if "
        "attention is placed after layers.",
    )


class BAM(nn.Module):
    """Its input times one plus the gate, which lies in (0, 1) for every channel at every place."""

    def __init__(self, options: Options, channels: int) -> None:
        super().__init__()
        hidden = max(1, channels // options.reduction)
        self.combine = options.combine
        self.channel = nn.Sequential(
            OrderedDict(
                fc1=nn.Linear(channels, hidden),
                bn=nn.BatchNorm1d(hidden),
                relu=nn.ReLU(),
                fc2=nn.Linear(hidden, channels),
            )
        )
        self.spatial = nn.Sequential(
            OrderedDict(
                reduce=nn.Conv2d(channels, hidden, 1),
                bn=nn.BatchNorm2d(hidden),
                relu=nn.ReLU(),
                around1=look_around(hidden, options.dilation),
                around2=look_around(hidden, options.dilation),
                join=nn.Conv2d(hidden, 1, 1),
            )
        )

        for module in self.spatial.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)

    def gate(self, x: Tensor) -> Tensor:
        channel, spatial = self.channel(x.mean((2, 3)))[:, :, None, None], self.spatial(x)
        return torch.sigmoid(channel * spatial if self.combine == "product" else channel + spatial)

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        """For x (B, C, H, W) the gate, of the same shape, and two views of it, its means: channel (B, C) over places,
        spatial (B, 1, H, W) over channels."""
        gate = self.gate(x)
        return {"gate": gate, "channel": gate.mean((2, 3)), "spatial": gate.mean(1, keepdim=True)}

    def forward(self, x: Tensor) -> Tensor:
        return x * (1 + self.gate(x))


def look_around(channels: int, dilation: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
    return nn.Sequential(OrderedDict(conv=convolution, bn=nn.BatchNorm2d(channels), relu=nn.ReLU()))


def build(options: Options, channels: int) -> nn.Module:
    """A BAM for feature maps (B, channels, H, W)."""
    return BAM(options, channels)
