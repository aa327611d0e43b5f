"""ECA: a channel gate computed from neighbouring channels. Wang et al. 2020, https://arxiv.org/abs/1910.03151"""

import math
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from engine.options import AttentionOptions

EXAMPLES = [{}, {"kernel_size": 5}]


class Options(AttentionOptions):
    kernel_size: Literal[3, 5, 7, 9] | None = Field(
        None,
        description="Number of neighbouring channels that decide a gate. Larger sees more. Empty: by width as in the "
        "paper, 3 for 64 and 5 for 512 channels.",
        json_schema_extra={"unit": "channels"},
    )


class ECA(nn.Module):
    """Scales its input by the channel gate: one convolution along the channels, of their means over all places."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        """The gate for x (B, C, H, W): channel (B, C)."""
        return {"channel": torch.sigmoid(self.conv(x.mean((2, 3))[:, None])[:, 0])}

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gates(x)["channel"][:, :, None, None]


def fitting_kernel_size(channels: int) -> int:
    """The odd number next to (log2 C + 1) / 2, equation 12 of the paper."""
    size = int((math.log2(channels) + 1) / 2)
    return size if size % 2 else size + 1


def build(options: Options, channels: int) -> nn.Module:
    """ECA for feature maps (B, channels, H, W)."""
    return ECA(options.kernel_size or fitting_kernel_size(channels))
