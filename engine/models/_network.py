"""The frame of every network written here: a stem, layers of blocks and a head, one after another."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from engine.models._model import Model
from engine.models._slots import AttentionSlot


class Network(Model):
    """Stem (where there is one), layers and head, in this order; `parts` names them."""

    def __init__(self, stem: nn.Module | None, layers: list[nn.Module], head: nn.Module) -> None:
        super().__init__()
        modules = {"stem": stem} if stem else {}
        modules |= {f"layer{number}": layer for number, layer in enumerate(layers, 1)} | {"head": head}
        for name, module in modules.items():
            self.add_module(name, module)
        self.parts = {name: [name] for name in modules}

    def forward(self, x: Tensor) -> Tensor:
        for module in self.children():
            x = module(x)
        return x


def make_layer(blocks: list[nn.Module], channels: int) -> nn.Sequential:
    """Blocks by number, and behind them the place for attention; channels: what the last block gives."""
    layer = nn.Sequential(*blocks)
    layer.add_module("attention", AttentionSlot(channels, "layer"))
    return layer


class Place(NamedTuple):
    """Where a block stands: its widths in and out, its stride, its layer and its number in it, both from 0."""

    inputs: int
    outputs: int
    stride: int
    layer: int
    number: int


def make_layers(inputs: int, widths: list[list[int]], make_block: Callable[[Place], nn.Module]) -> list[nn.Module]:
    """Layers of blocks, each as wide as `widths` says; every layer but the first begins by halving the resolution."""
    layers: list[nn.Module] = []
    for layer, layer_widths in enumerate(widths):
        blocks = []
        for number, outputs in enumerate(layer_widths):
            stride = 2 if layer > 0 and number == 0 else 1
            blocks.append(make_block(Place(inputs, outputs, stride, layer, number)))
            inputs = outputs
        layers.append(make_layer(blocks, inputs))
    return layers


def small_stem(channels: int, width: int, norm: bool = True, relu: bool = True) -> nn.Sequential:
    """One 3x3 convolution, which keeps the resolution."""
    modules = OrderedDict[str, nn.Module](conv=nn.Conv2d(channels, width, 3, padding=1, bias=False))
    if norm:
        modules["bn"] = nn.BatchNorm2d(width)
    if relu:
        modules["relu"] = nn.ReLU()
    return nn.Sequential(modules)


def imagenet_stem(channels: int, width: int) -> nn.Sequential:
    """A 7x7 convolution and max pooling: (B, channels, H, W) to (B, width, H / 4, W / 4)."""
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(channels, width, 7, stride=2, padding=3, bias=False),
            bn=nn.BatchNorm2d(width),
            relu=nn.ReLU(),
            pool=nn.MaxPool2d(3, stride=2, padding=1),
        )
    )


def make_head(inputs: int, classes: int, norm: bool = False, relu: bool = False) -> nn.Sequential:
    """The mean over all places, then one linear layer; for networks whose blocks end without them, BatchNorm and ReLU
    before: (B, inputs, H, W) to (B, classes)."""
    modules = OrderedDict[str, nn.Module]()
    if norm:
        modules["bn"] = nn.BatchNorm2d(inputs)
    if relu:
        modules["relu"] = nn.ReLU()
    modules |= {"pool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten(), "fc": nn.Linear(inputs, classes)}
    return nn.Sequential(modules)
