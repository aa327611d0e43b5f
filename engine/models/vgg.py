"""VGG: only 3x3 convolutions and pooling. Simonyan & Zisserman 2015, https://arxiv.org/abs/1409.1556

The ImageNet layout has the weights of torchvision's vgg11 ... vgg19 and their _bn forms; the CIFAR layout ends in one
linear layer, as in hysts/pytorch_image_classification.
"""

from collections import OrderedDict
from typing import Literal

from pydantic import Field
from torch import nn

from engine.models._init import initialise
from engine.models._model import Model
from engine.models._network import Network, make_layer
from engine.models._options import Init
from engine.options import PartOptions

EXAMPLES = [
    {"depth": 11, "initial_channels": 4},
    {"depth": 13, "initial_channels": 4, "batchnorm": False, "init": "fan_in"},
    {"depth": 11, "initial_channels": 2, "layout": "imagenet", "hidden_width": 16},
]
CONVOLUTIONS = {11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}
MULTIPLES = [1, 2, 4, 8, 8]  # of initial_channels, by layer


class Options(PartOptions):
    layout: Literal["cifar", "imagenet"] = Field(
        "cifar",
        description="cifar: a single linear layer at the end, for images of about 32 pixels; imagenet: two hidden "
        "layers before it as in the paper, with most of the parameters.",
    )
    depth: Literal[11, 13, 16, 19] = Field(
        16,
        description="Name of the variant: number of weighted layers in the imagenet layout, two fewer in the cifar "
        "layout. Deeper is slower; without BatchNorm the deepest are hard to train.",
        json_schema_extra={"unit": "layers"},
    )
    initial_channels: int = Field(
        64,
        ge=1,
        le=1024,
        description="Width of the first layer; all others are multiples of it. Twice the width has four times the "
        "parameters.",
        json_schema_extra={"unit": "channels"},
    )
    batchnorm: bool = Field(
        True, description="BatchNorm after each convolution. Off is the paper's form: slower to learn."
    )
    hidden_width: int = Field(
        4096,
        ge=1,
        le=65536,
        description="Width of the two hidden layers in the imagenet layout. Wider has more parameters.",
        json_schema_extra={"unit": "channels"},
    )
    dropout: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="Dropout rate in those hidden layers. Higher reduces overfitting and slows learning; 0 turns it "
        "off.",
    )
    init: Init = "fan_out"


def make_convolutions(options: Options, channels: int) -> list[nn.Module]:
    """The five layers; all but the first begin with pooling, so that attention behind a layer sees its full maps."""
    layers: list[nn.Module] = []
    for multiple, count in zip(MULTIPLES, CONVOLUTIONS[options.depth], strict=True):
        modules: list[nn.Module] = [make_pool()] if layers else []
        for _ in range(count):
            width = options.initial_channels * multiple
            modules.append(nn.Conv2d(channels, width, 3, padding=1))
            if options.batchnorm:
                modules.append(nn.BatchNorm2d(width))
            modules.append(nn.ReLU())
            channels = width
        layers.append(make_layer(modules, channels))
    return layers


def make_pool() -> nn.Module:
    """Half the resolution. ceil_mode: 28 pixels would be none after five times."""
    return nn.MaxPool2d(2, ceil_mode=True)


def make_head(options: Options, inputs: int, classes: int, side: int) -> nn.Module:
    """side: of the maps after the last pooling, in the cifar layout; the imagenet layout brings any to 7."""
    if options.layout == "cifar":
        fc = nn.Linear(inputs * side**2, classes)
        return nn.Sequential(OrderedDict(pool=make_pool(), flatten=nn.Flatten(), fc=fc))
    width = options.hidden_width
    return nn.Sequential(
        OrderedDict(
            pool=make_pool(),
            resize=nn.AdaptiveAvgPool2d(7),
            flatten=nn.Flatten(),
            fc1=nn.Linear(inputs * 7**2, width),
            relu1=nn.ReLU(),
            dropout1=nn.Dropout(options.dropout),
            fc2=nn.Linear(width, width),
            relu2=nn.ReLU(),
            dropout2=nn.Dropout(options.dropout),
            fc=nn.Linear(width, classes),
        )
    )


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A VGG for images (B, channels, image_size, image_size)."""
    layers = make_convolutions(options, channels)
    side = -(-image_size // 2 ** len(layers))
    model = Network(None, layers, make_head(options, options.initial_channels * MULTIPLES[-1], classes, side))
    initialise(model, options.init)
    return model
