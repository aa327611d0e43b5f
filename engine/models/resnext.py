"""ResNeXt: bottleneck blocks with grouped 3x3 convolutions. Xie et al. 2017, https://arxiv.org/abs/1611.05431

The CIFAR layout is ResNeXt-29 of the paper; the ImageNet layout with 32 groups of 4 channels has the weights of
torchvision's resnext50_32x4d.
"""

from typing import ClassVar

from pydantic import Field
from torch import nn

from engine.models._init import initialise
from engine.models._model import Model
from engine.models._network import Network, Place, imagenet_stem, make_head, make_layers, small_stem
from engine.models._options import Init, LayoutOptions
from engine.models._residual import Block, projection

EXAMPLES = [
    {"depth": 11, "initial_channels": 8, "cardinality": 2, "base_channels": 2},
    {"layout": "imagenet", "depth": 50, "initial_channels": 8, "cardinality": 4, "base_channels": 1, "init": "fan_in"},
]


class Options(LayoutOptions):
    IMAGENET: ClassVar[dict[int, list[int]]] = {50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}

    depth: int = Field(
        29,
        ge=11,
        le=2000,
        description="Number of weighted layers: 9n+2 in the cifar layout; 50, 101 or 152 in the imagenet layout. "
        "Deeper is more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "layers"},
    )
    initial_channels: int = Field(
        64,
        ge=1,
        le=1024,
        description="Width of the stem. The first layer outputs four times as many channels; each further layer "
        "doubles them.",
        json_schema_extra={"unit": "channels"},
    )
    cardinality: int = Field(
        8,
        ge=1,
        le=128,
        description="Number of groups of the 3x3 convolutions. More groups of the same width are more accurate and "
        "slower.",
    )
    base_channels: int = Field(
        16,
        ge=1,
        le=1024,
        description="Width of one group in the first layer; ResNeXt-29 8x64d has cardinality 8 and 64 here. Twice the "
        "width has about four times the parameters.",
        json_schema_extra={"unit": "channels"},
    )
    init: Init = "fan_out"

    @property
    def rule(self) -> tuple[int, int, str]:
        return 9, 2, "bottleneck"

    def widths(self) -> list[list[int]]:
        """The channels that each block gives, by layer."""
        return [[4 * self.initial_channels * 2**index] * count for index, count in enumerate(self.counts())]


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A ResNeXt for images (B, channels, H, W) of any size."""

    def make_block(place: Place) -> nn.Module:
        middle = options.cardinality * options.base_channels * 2**place.layer
        return Block(place, middle, projection(place), groups=options.cardinality)

    width, widths = options.initial_channels, options.widths()
    stem = small_stem(channels, width) if options.small_stem else imagenet_stem(channels, width)
    model = Network(stem, make_layers(width, widths, make_block), make_head(widths[-1][-1], classes))
    initialise(model, options.init)
    return model
