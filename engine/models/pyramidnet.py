"""PyramidNet: every block is a little wider than the one before. Han et al. 2017, https://arxiv.org/abs/1610.02915

Widths grow by the same amount each (additive), as in the authors' code and hysts/pytorch_image_classification.
"""

import itertools
from typing import ClassVar

from pydantic import Field
from torch import nn

from engine.models._model import Model
from engine.models._network import Place, imagenet_stem, make_layers, small_stem
from engine.models._options import Init, ResidualOptions
from engine.models._preact import PreactBlock, preact_network
from engine.models._residual import PaddedShortcut

EXAMPLES = [
    {"depth": 8, "alpha": 10},
    {"depth": 11, "block": "bottleneck", "alpha": 7, "initial_channels": 8, "init": "fan_in"},
    {"layout": "imagenet", "depth": 18, "alpha": 20, "initial_channels": 8},
]


class Options(ResidualOptions):
    IMAGENET: ClassVar[dict[int, list[int]]] = ResidualOptions.IMAGENET | {200: [3, 24, 36, 3]}

    depth: int = Field(
        20,
        ge=8,
        le=2000,
        description="Number of weighted layers: 6n+2 (basic) or 9n+2 (bottleneck) in the cifar layout; 18, 34, 50, "
        "101, 152 or 200 in the imagenet layout. Deeper is more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "layers"},
    )
    alpha: int = Field(
        48,
        ge=1,
        le=2000,
        description="Channels the last block has beyond the stem; bottleneck blocks output four times as many. More is "
        "more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "channels"},
    )
    init: Init = "fan_out"

    def widths(self) -> list[list[int]]:
        """The channels that each block gives, by layer."""
        counts, expansion = self.counts(), 4 if self.bottleneck else 1
        # Added up, then rounded half to even: the order decides widths such as 18.5, and so the published counts.
        exact = itertools.accumulate([self.alpha / sum(counts)] * sum(counts), initial=float(self.first_width))
        rounded = itertools.islice((round(width) * expansion for width in exact), 1, None)
        return [list(itertools.islice(rounded, count)) for count in counts]


def build(options: Options, channels: int, classes: int, image_size: int) -> Model:
    """A PyramidNet for images (B, channels, H, W) of any size."""

    def make_block(place: Place) -> nn.Module:
        middle = place.outputs // 4 if options.bottleneck else None
        return PreactBlock(place, middle, PaddedShortcut(place, reduce="mean"), first_relu=False, last_norm=True)

    width, widths = options.first_width, options.widths()
    stem = small_stem(channels, width, relu=False) if options.small_stem else imagenet_stem(channels, width)
    return preact_network(stem, make_layers(width, widths, make_block), widths[-1][-1], classes, options.init)
