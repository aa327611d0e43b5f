"""DenseNet: every block sees the outputs of all blocks before it. Huang et al. 2017, https://arxiv.org/abs/1608.06993

The CIFAR layout has the forms of the paper and of hysts/pytorch_image_classification; the ImageNet layout has the
weights of torchvision's densenet121 ... densenet201 under other names (hysts leaves out the last ReLU there).
DenseNet-BC is bottleneck blocks and compression 0.5.
"""

from collections import OrderedDict
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from engine.models._init import initialise
from engine.models._model import Model
from engine.models._network import Network, imagenet_stem, make_head, make_layer, small_stem
from engine.models._options import Dropout, Init, LayoutOptions

EXAMPLES = [
    {"depth": 10, "growth_rate": 4},
    {"depth": 7, "growth_rate": 4, "block": "basic", "compression": 1.0, "first_channels": "paper", "dropout": 0.2},
    {"depth": 121, "growth_rate": 2, "layout": "imagenet", "init": "fan_in"},
]


class Options(LayoutOptions):
    IMAGENET: ClassVar[dict[int, list[int]]] = {
        121: [6, 12, 24, 16], 161: [6, 12, 36, 24], 169: [6, 12, 32, 32], 201: [6, 12, 48, 32], 264: [6, 12, 64, 48],
    }  # fmt: skip

    depth: int = Field(
        40,
        ge=7,
        le=2000,
        description="Number of weighted layers: 6n+4 (bottleneck) or 3n+4 (basic) in the cifar layout; 121, 161, 169, "
        "201 or 264 in the imagenet layout. Deeper is more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "layers"},
    )
    block: Literal["basic", "bottleneck"] = Field(
        "bottleneck",
        description="basic: one 3x3 convolution; bottleneck: preceded by a 1x1 convolution to four times growth_rate. "
        "The imagenet layout uses bottleneck blocks.",
    )
    growth_rate: int = Field(
        12,
        ge=1,
        le=256,
        description="Channels that each block adds. More is more accurate and slower; ImageNet networks have 32, "
        "DenseNet-161 has 48.",
        json_schema_extra={"unit": "channels"},
    )
    compression: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Share of channels kept between layers; 1 keeps all and needs more memory.",
    )
    first_channels: Literal["hysts", "paper"] = Field(
        "hysts",
        description="Width of the stem: always twice growth_rate (hysts), or 16 in the cifar layout if blocks are "
        "basic or compression is 1 (paper).",
    )
    dropout: Dropout = 0.0
    init: Init = "fan_out"

    @property
    def rule(self) -> tuple[int, int, str]:
        return (3, 4, "basic") if self.block == "basic" else (6, 4, "bottleneck")

    def counts(self) -> list[int]:
        if not self.cifar and self.block == "basic":
            raise ValueError("block 'basic' does not fit: the imagenet layout has bottleneck blocks")
        return super().counts()

    @property
    def first_width(self) -> int:
        plain = self.block == "basic" or self.compression == 1
        return 16 if self.first_channels == "paper" and self.cifar and plain else 2 * self.growth_rate


class DenseBlock(nn.Module):
    """What it got, and growth_rate new channels behind it: (B, inputs, H, W) to (B, inputs + growth_rate, H, W)."""

    def __init__(self, inputs: int, options: Options) -> None:
        super().__init__()
        growth, middle = options.growth_rate, inputs
        modules = OrderedDict[str, nn.Module]()
        if options.block == "bottleneck":
            middle = 4 * growth
            modules |= before_convolution(inputs, "1")
            modules |= {"conv1": nn.Conv2d(inputs, middle, 1, bias=False), "dropout1": nn.Dropout(options.dropout)}
        modules |= before_convolution(middle, "2")
        modules |= {
            "conv2": nn.Conv2d(middle, growth, 3, padding=1, bias=False),
            "dropout2": nn.Dropout(options.dropout),
        }
        self.new = nn.Sequential(modules)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.new(x)], 1)


def before_convolution(channels: int, number: str = "") -> dict[str, nn.Module]:
    return {f"bn{number}": nn.BatchNorm2d(channels), f"relu{number}": nn.ReLU()}


def make_transition(inputs: int, options: Options) -> nn.Sequential:
    """Fewer channels, half the resolution."""
    outputs = int(inputs * options.compression)
    return nn.Sequential(
        OrderedDict(
            **before_convolution(inputs),
            conv=nn.Conv2d(inputs, outputs, 1, bias=False),
            dropout=nn.Dropout(options.dropout),
            pool=nn.AvgPool2d(2, ceil_mode=True),  # so that small images do not shrink to nothing
        )
    )


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A DenseNet for images (B, channels, H, W) of any size."""
    width = options.first_width
    # The first block normalises what a small stem gives, so that needs no BatchNorm of its own.
    stem = small_stem(channels, width, norm=False, relu=False) if options.small_stem else imagenet_stem(channels, width)
    layers: list[nn.Module] = []
    for count in options.counts():
        blocks: list[nn.Module] = []
        if layers:
            blocks.append(make_transition(width, options))
            width = int(width * options.compression)
        for _ in range(count):
            blocks.append(DenseBlock(width, options))
            width += options.growth_rate
        layers.append(make_layer(blocks, width))
    model = Network(stem, layers, make_head(width, classes, norm=True, relu=True))
    initialise(model, options.init)
    return model
