"""Squeeze-and-excitation (SE): a channel gate. Hu et al. 2018, https://arxiv.org/abs/1709.01507"""

from pydantic import Field
from torch import Tensor, nn
from torchvision.ops import SqueezeExcitation

from engine.options import AttentionOptions

EXAMPLES = [{}, {"reduction": 2}]


class Options(AttentionOptions):
    reduction: int = Field(
        16,
        ge=1,
        le=256,
        description="Reduction ratio of the gate's hidden layer. Larger has fewer parameters and a coarser gate.",
    )


class SE(SqueezeExcitation):
    """Scales its input by the channel gate, which sees the mean over all places."""

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        """The gate for x (B, C, H, W): channel (B, C)."""
        return {"channel": self._scale(x).flatten(1)}


def build(options: Options, channels: int) -> nn.Module:
    """Squeeze and excitation for feature maps (B, channels, H, W)."""
    return SE(channels, max(1, channels // options.reduction))
