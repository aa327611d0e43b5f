"""Coordinate attention: gates for rows and for columns. Hou et al. 2021, https://arxiv.org/abs/2103.02907

As in houqb/CoordAttention.
"""

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from engine.options import AttentionOptions

EXAMPLES = [{}, {"reduction": 2}]
NARROWEST = 8  # channels


class Options(AttentionOptions):
    reduction: int = Field(
        32,
        ge=1,
        le=256,
        description="Reduction ratio of the hidden layer, down to 8 channels. Larger has fewer parameters and coarser "
        "gates.",
    )


class CoordinateAttention(nn.Module):
    """Scales its input by the gate of its row and by the gate of its column."""

    def __init__(self, options: Options, channels: int) -> None:
        super().__init__()
        hidden = max(NARROWEST, channels // options.reduction)
        self.conv = nn.Conv2d(channels, hidden, 1)
        self.bn = nn.BatchNorm2d(hidden)
        self.height = nn.Conv2d(hidden, channels, 1)
        self.width = nn.Conv2d(hidden, channels, 1)

    def rows_and_columns(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The gates of x (B, C, H, W): (B, C, H) and (B, C, W)."""
        means = torch.cat([x.mean(3), x.mean(2)], 2)[:, :, :, None]
        rows, columns = F.hardswish(self.bn(self.conv(means))).split([x.shape[2], x.shape[3]], 2)
        return torch.sigmoid(self.height(rows)).squeeze(3), torch.sigmoid(self.width(columns)).squeeze(3)

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        """The gates for x (B, C, H, W): height (B, C, H), width (B, C, W), and a view of them, spatial (B, 1, H, W),
        the mean over channels of their product."""
        height, width = self.rows_and_columns(x)
        spatial = torch.einsum("bch,bcw->bhw", height, width)[:, None] / x.shape[1]
        return {"height": height, "width": width, "spatial": spatial}

    def forward(self, x: Tensor) -> Tensor:
        height, width = self.rows_and_columns(x)
        return x * height[:, :, :, None] * width[:, :, None, :]


def build(options: Options, channels: int) -> nn.Module:
    """Coordinate attention for feature maps (B, channels, H, W)."""
    return CoordinateAttention(options, channels)
