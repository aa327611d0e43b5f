"""Shake-Shake: two branches, randomly mixed in training. Gastaldi 2017, https://arxiv.org/abs/1705.07485

As in hysts/pytorch_image_classification: forward and backward mixes are drawn apart, and evaluation takes the mean.
"""

from typing import Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor, nn

from engine.models._init import initialise
from engine.models._model import Model
from engine.models._network import Network, Place, make_head, make_layers, small_stem
from engine.models._options import Init, blocks_per_layer
from engine.models._slots import AttentionSlot
from engine.options import PartOptions

EXAMPLES = [
    {"depth": 8, "initial_channels": 4},
    {"depth": 8, "initial_channels": 4, "form": "earlier", "mix_per": "batch", "backward_mix": "even"},
]


class Options(PartOptions):
    depth: int = Field(
        26,
        ge=8,
        le=2000,
        description="Number of weighted layers, 6n+2: 8, 14, 20, 26 ... "
        "Deeper is more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "layers"},
    )
    initial_channels: int = Field(
        32,
        ge=2,
        le=1024,
        multiple_of=2,
        description="Width of the first layer: 32 gives the network called 26 2x32d. Twice the width has four times "
        "the parameters.",
        json_schema_extra={"unit": "channels"},
    )
    forward_mix: Literal["shake", "even"] = Field(
        "shake",
        description="Mixing of the branches in the forward pass: shake draws random weights, even takes the mean.",
    )
    backward_mix: Literal["shake", "even"] = Field(
        "shake",
        description="Mixing of the branches in the backward pass: shake draws new weights, even treats both alike.",
    )
    mix_per: Literal["image", "batch"] = Field(
        "image",
        description="Random weights per image or per batch. Per image regularises more and was better in long "
        "training.",
    )
    form: Literal["current", "earlier"] = Field(
        "current",
        description="current: a 16-channel stem and a projection shortcut in the first block; earlier: a stem as wide "
        "as the first layer, as before April 2020 and in hysts' published table.",
    )
    init: Init = "fan_out"

    @model_validator(mode="after")
    def depth_fits(self) -> "Options":
        self.widths()
        return self

    def widths(self) -> list[list[int]]:
        """The channels that each block gives, by layer."""
        count = blocks_per_layer(self.depth, 6, 2, "basic")
        return [[self.initial_channels * 2**index] * count for index in range(3)]


class Mix(torch.autograd.Function):
    """alpha * first + (1 - alpha) * second; on the way back beta stands in the place of alpha."""

    @staticmethod
    def forward(context: Any, first: Tensor, second: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        context.save_for_backward(beta)
        return alpha * first + (1 - alpha) * second

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        (beta,) = context.saved_tensors
        return beta * gradient, (1 - beta) * gradient, None, None


class Shake(nn.Module):
    """The mean of two branches; in training a random mix of them: twice (B, C, H, W) to (B, C, H, W)."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        if not self.training:
            return (first + second) / 2
        alpha, beta = (self.shares(how, first) for how in (self.options.forward_mix, self.options.backward_mix))
        return Mix.apply(first, second, alpha, beta)

    def shares(self, how: str, like: Tensor) -> Tensor:
        """The first branch's share, for each image or for all: (B or 1, 1, 1, 1), uniform in [0, 1) or one half."""
        count = len(like) if self.options.mix_per == "image" else 1
        shape = (count, 1, 1, 1)
        return like.new_empty(shape).uniform_() if how == "shake" else like.new_full(shape, 0.5)


class Branch(nn.Module):
    def __init__(self, place: Place) -> None:
        super().__init__()
        inputs, outputs, stride = place[:3]
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(F.relu(x))))))


class ShiftedShortcut(nn.Module):
    """Half of the channels from the input, half from the input moved up and left by one pixel."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        inputs, outputs, self.stride = place[:3]
        self.conv1 = nn.Conv2d(inputs, outputs // 2, 1, bias=False)
        self.conv2 = nn.Conv2d(inputs, outputs // 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(x)
        moved = F.pad(x[:, :, 1:, 1:], (0, 1, 0, 1))
        step = slice(None, None, self.stride)
        return self.bn(torch.cat([self.conv1(x[:, :, step, step]), self.conv2(moved[:, :, step, step])], 1))


class ShakeBlock(nn.Module):
    """Two branches mixed, and the addition: (B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""

    def __init__(self, place: Place, options: Options) -> None:
        super().__init__()
        self.branch1 = Branch(place)
        self.branch2 = Branch(place)
        self.shake = Shake(options)
        self.attention = AttentionSlot(place.outputs, "block")
        self.shortcut = nn.Identity() if place.inputs == place.outputs else ShiftedShortcut(place)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(self.shake(self.branch1(x), self.branch2(x))) + self.shortcut(x)


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A Shake-Shake net for images (B, channels, H, W) of any size."""
    earlier = options.form == "earlier"
    width, widths = options.initial_channels if earlier else 16, options.widths()
    layers = make_layers(width, widths, lambda place: ShakeBlock(place, options))
    stem = small_stem(channels, width, relu=earlier)
    model = Network(stem, layers, make_head(widths[-1][-1], classes, relu=not earlier))
    initialise(model, options.init)
    return model
