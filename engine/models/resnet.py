"""ResNet: residual blocks (x + f(x)). He et al. 2015, https://arxiv.org/abs/1512.03385

The CIFAR layout (6n+2 or 9n+2 layers) has the widths of both the paper and hysts/pytorch_image_classification; the
ImageNet layout has the weights of torchvision's resnet18 ... resnet152 under other names.
"""

from typing import Literal

from pydantic import Field
from torch import nn

from engine.models._init import initialise
from engine.models._model import Model
from engine.models._network import Network, Place, imagenet_stem, make_head, make_layers, small_stem
from engine.models._options import Init, ResNetOptions
from engine.models._residual import Block, PaddedShortcut, projection

EXAMPLES = [
    {"depth": 8},
    {"depth": 8, "shortcut": "A", "stem": "imagenet"},
    {"depth": 8, "residual": False},
    {"depth": 11, "block": "bottleneck", "width": "hysts", "initial_channels": 8, "init": "torch"},
    {"layout": "imagenet", "depth": 18, "initial_channels": 8},
]


class Options(ResNetOptions):
    shortcut: Literal["A", "B"] = Field(
        "B",
        description="Shortcut where the width changes: A subsamples and pads with zero channels (no parameters); B is "
        "a 1x1 convolution.",
    )
    residual: bool = Field(
        True,
        description="Residual connections. Off gives the paper's plain network, which trains worse the deeper it is.",
    )
    init: Init = "fan_out"


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A ResNet for images (B, channels, H, W); any image_size works, as the head averages over all places."""

    def make_block(place: Place) -> nn.Module:
        middle = place.outputs // 4 if options.bottleneck else None
        return Block(place, middle, make_shortcut(options, place) if options.residual else None)

    width, widths = options.first_width, options.widths()
    stem = small_stem(channels, width) if options.small_stem else imagenet_stem(channels, width)
    model = Network(stem, make_layers(width, widths, make_block), make_head(widths[-1][-1], classes))
    initialise(model, options.init)
    return model


def make_shortcut(options: Options, place: Place) -> nn.Module:
    if options.shortcut == "A" and place.inputs != place.outputs:
        return PaddedShortcut(place)
    return projection(place)
