"""CBAM: a channel gate, then a spatial gate. Woo et al. 2018, https://arxiv.org/abs/1807.06521

paper follows Jongchan/attention-module; seed_002 is the smaller variant without biases and without BatchNorm.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from engine.options import AttentionOptions


class Options(AttentionOptions):
    variant: Literal["seed_002", "paper"] = Field(
        "seed_002",
        description="paper: biases in the channel gate and BatchNorm in the spatial gate, which starts at exactly 0.5 "
        "everywhere; seed_002: neither, so both gates vary from the first step.",
    )
    reduction: int = Field(
        16,
        ge=1,
        le=256,
        description="Reduction ratio of the channel gate's hidden layer. Larger has fewer parameters and a coarser "
        "gate.",
    )
    kernel_size: Literal[3, 5, 7, 9] = Field(
        7,
        description="Kernel size of the spatial gate's convolution. Larger sees more context.",
        json_schema_extra={"unit": "pixels"},
    )


class ChannelGate(nn.Module):
    """One number in (0, 1) for each channel, from its mean and its maximum: (B, C, H, W) to (B, C)."""

    def __init__(self, channels: int, reduction: int, bias: bool) -> None:
        super().__init__()
        hidden = max(1, channels // reduction)
        self.fc = nn.Sequential(
            nn.Linear(channels, hidden, bias=bias), nn.ReLU(), nn.Linear(hidden, channels, bias=bias)
        )
        for name, parameter in self.fc.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.fc(x.mean((2, 3))) + self.fc(x.amax((2, 3))))


class SpatialGate(nn.Module):
    """One number in (0, 1) for each place, from mean and maximum over channels: (B, C, H, W) to (B, 1, H, W)."""

    def __init__(self, kernel_size: int, paper: bool) -> None:
        super().__init__()
        self.max_first = paper  # only the order of the two input maps
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)
        self.bn: nn.Module = nn.Identity()
        if paper:
            nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
            self.bn = nn.BatchNorm2d(1, momentum=0.01)
            nn.init.zeros_(self.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        maps = [x.mean(1, keepdim=True), x.amax(1, keepdim=True)]
        return torch.sigmoid(self.bn(self.conv(torch.cat(maps[::-1] if self.max_first else maps, 1))))


class CBAM(nn.Module):
    """Scales its input by the channel gate and then by the spatial gate."""

    def __init__(self, options: Options, channels: int) -> None:
        super().__init__()
        paper = options.variant == "paper"
        self.channel = ChannelGate(channels, options.reduction, bias=paper)
        self.spatial = SpatialGate(options.kernel_size, paper)

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        """The gates for x (B, C, H, W): channel (B, C); spatial (B, 1, H, W), which sees x after the channel gate."""
        channel = self.channel(x)
        return {"channel": channel, "spatial": self.spatial(x * channel[:, :, None, None])}

    def forward(self, x: Tensor) -> Tensor:
        gates = self.gates(x)
        return x * gates["channel"][:, :, None, None] * gates["spatial"]


def build(options: Options, channels: int) -> nn.Module:
    """A CBAM for feature maps (B, channels, H, W)."""
    return CBAM(options, channels)
