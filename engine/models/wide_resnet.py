"""Wide ResNet: fewer layers, more channels. Zagoruyko & Komodakis 2016, https://arxiv.org/abs/1605.07146

WRN-28-10 of the paper is depth 28 and widening_factor 10.
"""

from pydantic import Field, model_validator
from torch import nn

from engine.models._model import Model
from engine.models._network import Place, make_layers, small_stem
from engine.models._options import Dropout, Init, blocks_per_layer
from engine.models._preact import PreactBlock, bare_projection, preact_network
from engine.options import PartOptions

EXAMPLES = [
    {"depth": 10, "widening_factor": 1},
    {"depth": 16, "widening_factor": 2, "dropout": 0.3, "init": "torch"},
]
STEM_WIDTH = 16


class Options(PartOptions):
    depth: int = Field(
        16,
        ge=10,
        le=2000,
        description="Number of weighted layers, 6n+4: 10, 16, 22, 28, 34, 40 ... "
        "Deeper is more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "layers"},
    )
    widening_factor: int = Field(
        4,
        ge=1,
        le=64,
        description="Multiple of 16, 32 and 64 channels in the layers. Twice the width has four times the parameters "
        "and is more accurate.",
    )
    dropout: Dropout = 0.0
    init: Init = "fan_in"

    @model_validator(mode="after")
    def depth_fits(self) -> "Options":
        self.widths()
        return self

    def widths(self) -> list[list[int]]:
        """The channels that each block gives, by layer."""
        count = blocks_per_layer(self.depth, 6, 4, "basic")
        return [[STEM_WIDTH * self.widening_factor * 2**index] * count for index in range(3)]


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A wide ResNet for images (B, channels, H, W) of any size."""

    def make_block(place: Place) -> nn.Module:
        # Where the width changes the shortcut takes the normalised input, as in the authors' code.
        shared = place.inputs != place.outputs
        return PreactBlock(place, None, bare_projection(place), shared=shared, dropout=options.dropout)

    widths = options.widths()
    stem = small_stem(channels, STEM_WIDTH, norm=False, relu=False)
    return preact_network(stem, make_layers(STEM_WIDTH, widths, make_block), widths[-1][-1], classes, options.init)
