"""Preactivation ResNet: an identity path between its additions. He et al. 2016, https://arxiv.org/abs/1603.05027

The variants are those of hysts/pytorch_image_classification. The units of PyramidNet's authors are: no first ReLU, a
last BatchNorm, shared_preactivation [true, false, false]. A widening factor of 4 is initial_channels 64.
"""

from engine.models._model import Model
from engine.models._options import PreactOptions
from engine.models._preact import preact_resnet

EXAMPLES = [
    {"depth": 8},
    {"depth": 8, "shared_preactivation": [True, False, False], "remove_first_relu": True, "add_last_bn": True},
    {"depth": 11, "block": "bottleneck", "width": "hysts", "init": "fan_in"},
    {"layout": "imagenet", "depth": 18, "initial_channels": 8},
]


class Options(PreactOptions):
    pass


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A preactivation ResNet for images (B, channels, H, W) of any size."""
    return preact_resnet(options, channels, classes)
