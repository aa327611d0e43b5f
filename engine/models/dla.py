"""DLA: each layer is a tree whose roots aggregate its blocks' outputs. Yu et al. 2018, https://arxiv.org/abs/1707.06484

The networks are timm's, with its names and trained weights (`weights: pretrained`). The authors' code
(https://github.com/ucbdrive/dla) holds some more weights, which are never used.
"""

from typing import Any, Literal

import torch.nn.functional as F
from pydantic import Field
from timm.models.dla import DlaBasic, DlaBottleneck, DlaTree
from torch import Tensor, nn

from engine.models._model import Model
from engine.models._slots import AttentionSlot
from engine.models._timm import make_timm
from engine.options import PartOptions

EXAMPLES = [{"variant": "dla46_c"}, {"variant": "dla46x_c", "stem": "imagenet"}]


class Options(PartOptions):
    variant: Literal[
        "dla34", "dla46_c", "dla46x_c", "dla60x_c", "dla60", "dla60x", "dla102", "dla102x", "dla102x2", "dla169"
    ] = Field(
        "dla34",
        description="Number of weighted layers; c is compact, x has grouped convolutions. Deeper is more accurate, "
        "slower, and needs more memory.",
    )  # fmt: skip
    stem: Literal["small", "imagenet"] = Field(
        "small",
        description="small: a 3x3 convolution, with downsampling from layer 4 on, for images of about 32 pixels; "
        "imagenet: a 7x7 convolution, with downsampling from layer 2 on: faster, but too coarse for small "
        "images.",
    )


class WithAttention(nn.Module):
    """A block of DLA with a place for attention before the addition."""

    conv1: Any
    conv2: Any
    conv3: Any
    bn1: Any
    bn2: Any
    bn3: Any

    def __init__(self, inputs: int, outputs: int, *rest: Any, **settings: Any) -> None:
        super().__init__(inputs, outputs, *rest, **settings)
        self.attention = AttentionSlot(outputs, "block")

    def forward(self, x: Tensor, shortcut: Tensor | None = None, children: list[Tensor] | None = None) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if isinstance(self, DlaBottleneck):
            out = self.bn3(self.conv3(F.relu(out)))
        return F.relu(self.attention(out) + (x if shortcut is None else shortcut))


class Basic(WithAttention, DlaBasic):
    pass


class Bottleneck(WithAttention, DlaBottleneck):
    pass


def make_small(network: Any) -> None:
    """A 3x3 convolution first, and no halving before level 3: a 32x32 image ends as 4x4 instead of 1x1."""
    first = network.base_layer[0]
    network.base_layer[0] = nn.Conv2d(first.in_channels, first.out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(network.base_layer[0].weight, mode="fan_out", nonlinearity="relu")
    for level in (network.level1, network.level2):
        for module in level.modules():
            if isinstance(module, nn.Conv2d):
                module.stride = (1, 1)
            if isinstance(module, DlaTree):
                module.downsample = nn.Identity()


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A DLA for images (B, channels, H, W)."""
    block = Basic if options.variant == "dla34" else Bottleneck
    change = make_small if options.stem == "small" else None
    return make_timm(options.variant, channels, classes, image_size, change, block=block)
