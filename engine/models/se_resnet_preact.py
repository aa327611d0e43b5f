"""Preactivation ResNet with squeeze-and-excitation blocks. Hu et al. 2018, https://arxiv.org/abs/1709.01507

As in hysts/pytorch_image_classification: the gate stands behind the last convolution or BatchNorm of every block.
"""

from pydantic import Field
from torch import Tensor, nn
from torchvision.ops import SqueezeExcitation

from engine.models._model import Model
from engine.models._options import AddLastBatchNorm, PreactOptions, RemoveFirstRelu, SharedPreactivation
from engine.models._preact import preact_resnet

EXAMPLES = [
    {"depth": 8, "se_reduction": 4},
    {"depth": 11, "block": "bottleneck", "remove_first_relu": False, "add_last_bn": False},
]


class Options(PreactOptions):
    shared_preactivation: SharedPreactivation = Field([True, False, False, False])
    remove_first_relu: RemoveFirstRelu = True
    add_last_bn: AddLastBatchNorm = True
    se_reduction: int = Field(
        16,
        ge=1,
        le=256,
        description="Reduction ratio of the gates' hidden layer. Larger has fewer parameters and coarser gates.",
    )


class Gate(SqueezeExcitation):
    """One number in (0, 1) for each channel, readable like those of the attention blocks."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__(channels, max(1, channels // reduction))
        for layer in (self.fc1, self.fc2):
            nn.init.zeros_(layer.bias)

    def gates(self, x: Tensor) -> dict[str, Tensor]:
        return {"channel": self._scale(x).flatten(1)}


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A preactivation SE-ResNet for images (B, channels, H, W) of any size."""
    return preact_resnet(options, channels, classes, lambda outputs: Gate(outputs, options.se_reduction))
