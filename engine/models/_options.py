"""Options that several families share. Read without torch."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from engine.options import PartOptions

Init = Annotated[
    Literal["fan_out", "fan_in", "torch"],
    Field(
        description="Initialisation. fan_out preserves the size of gradients, fan_in that of activations; fan_out also "
        "makes the last layer large, so the first loss is well above ln K. torch: PyTorch's default."
    ),
]
Dropout = Annotated[
    float,
    Field(
        ge=0,
        lt=1,
        description="Dropout rate. Higher reduces overfitting and slows learning; 0 turns it off.",
    ),
]
SharedPreactivation = Annotated[
    list[bool],
    Field(
        description="By layer: whether the first block's shortcut starts from the preactivated input (true) or the raw "
        "one (false); later blocks always use the raw one. The cifar layout reads the first three."
    ),
]
RemoveFirstRelu = Annotated[
    bool, Field(description="Remove the first ReLU of every block whose shortcut uses the raw input.")
]
AddLastBatchNorm = Annotated[
    bool, Field(description="End every block with a BatchNorm before the addition, as in PyramidNet.")
]


DEEPEST = 2000  # what depth is at most in every family


def blocks_per_layer(depth: int, step: int, rest: int, kind: str) -> int:
    """How many blocks each layer has at a depth of step * n + rest; kind of block, for the message.

    Raises ValueError that names depths which fit.
    """
    count = (depth - rest) // step
    if count < 1 or step * count + rest != depth:
        first = ", ".join(str(step * n + rest) for n in (1, 2, 3))
        near = [step * n + rest for n in (count, count + 1) if n >= 1 and step * n + rest <= DEEPEST]
        raise ValueError(
            f"depth {depth} does not fit: {kind} blocks need {step}n+{rest} ({first} ...); nearest: "
            f"{' and '.join(map(str, near))}"
        )
    return count


class LayoutOptions(PartOptions):
    """A family with a layout for small images, three layers of equally many blocks, and one of four for ImageNet.

    A family says in IMAGENET how many blocks the layers have at each depth, and in `rule` what depths cifar allows.
    """

    IMAGENET: ClassVar[dict[int, list[int]]] = {}

    layout: Literal["cifar", "imagenet"] = Field(
        "cifar",
        description="cifar: three narrow layers for images of about 32 pixels; imagenet: four wide layers as in the "
        "paper, for about 224 pixels.",
    )
    depth: int = Field(
        20,
        ge=8,
        le=2000,
        description="Number of weighted layers: 6n+2 (basic) or 9n+2 (bottleneck) in the cifar layout; 18, 34, 50, 101 "
        "or 152 in the imagenet layout. Deeper is more accurate, slower, and needs more memory.",
        json_schema_extra={"unit": "layers"},
    )
    stem: Literal["auto", "small", "imagenet"] = Field(
        "auto",
        description="small: a 3x3 convolution at full resolution; imagenet: a 7x7 convolution and max pooling, a "
        "quarter of the resolution: fast, but too coarse for small images. auto: by layout.",
    )

    @property
    def cifar(self) -> bool:
        return self.layout == "cifar"

    @property
    def small_stem(self) -> bool:
        return self.stem == "small" or (self.stem == "auto" and self.cifar)

    @property
    def rule(self) -> tuple[int, int, str]:
        """Depths of the cifar layout: step and rest of step * n + rest, and the kind of block."""
        raise NotImplementedError

    def counts(self) -> list[int]:
        """How many blocks each layer has. Raises ValueError if the depth does not fit."""
        if self.cifar:
            return [blocks_per_layer(self.depth, *self.rule)] * 3
        if self.depth not in self.IMAGENET:
            *most, last = map(str, self.IMAGENET)
            allowed = f"{', '.join(most)} or {last}" if most else last
            raise ValueError(f"depth {self.depth} does not fit: the imagenet layout has {allowed}")
        return self.IMAGENET[self.depth]

    @model_validator(mode="after")
    def depth_fits(self) -> "LayoutOptions":
        self.counts()
        return self


class ResidualOptions(LayoutOptions):
    """A family of residual networks with basic and bottleneck blocks."""

    IMAGENET: ClassVar[dict[int, list[int]]] = {
        18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
    }  # fmt: skip

    block: Literal["auto", "basic", "bottleneck"] = Field(
        "auto",
        description="basic: two 3x3 convolutions; bottleneck: 1x1, 3x3, 1x1. "
        "auto: basic in the cifar layout, by depth in the imagenet layout.",
    )
    initial_channels: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Width of the first layer; all others are multiples of it. Twice the width has four times the "
        "parameters. Empty: 16 in the cifar layout, 64 in the imagenet layout.",
        json_schema_extra={"unit": "channels"},
    )

    @property
    def bottleneck(self) -> bool:
        return self.block == "bottleneck" or (not self.cifar and self.depth >= 50)

    @property
    def first_width(self) -> int:
        return self.initial_channels or (16 if self.cifar else 64)

    @property
    def rule(self) -> tuple[int, int, str]:
        return (9, 2, "bottleneck") if self.bottleneck else (6, 2, "basic")

    @model_validator(mode="after")
    def block_fits(self) -> "ResidualOptions":
        follows = "basic" if self.depth < 50 else "bottleneck"
        if not self.cifar and self.block not in ("auto", follows):
            raise ValueError(
                f"block {self.block!r} does not fit: depth {self.depth} of the imagenet layout has {follows} blocks"
            )
        return self


class ResNetOptions(ResidualOptions):
    """A residual family whose layers are twice as wide each."""

    width: Literal["paper", "hysts"] = Field(
        "paper",
        description="Output width of bottleneck blocks in the first layer: four times initial_channels (paper) or "
        "initial_channels (hysts). Basic blocks are the same in both.",
    )

    def widths(self) -> list[list[int]]:
        """The channels that each block gives, by layer."""
        return [[self._layer_width(index)] * count for index, count in enumerate(self.counts())]

    def _layer_width(self, index: int) -> int:
        narrow = index == 0 and self.width == "hysts"
        return self.first_width * 2**index * (4 if self.bottleneck and not narrow else 1)


class PreactOptions(ResNetOptions):
    """A residual family whose blocks normalise before they convolve."""

    shared_preactivation: SharedPreactivation = Field([True, True, True, True])
    remove_first_relu: RemoveFirstRelu = False
    add_last_bn: AddLastBatchNorm = False
    init: Init = "fan_out"

    @model_validator(mode="after")
    def one_word_for_each_layer(self) -> "PreactOptions":
        layers, given = len(self.counts()), len(self.shared_preactivation)
        if not layers <= given <= 4:
            raise ValueError(
                f"shared_preactivation has {given} entries; the {self.layout} layout needs {layers}, and 4 at most"
            )
        return self
