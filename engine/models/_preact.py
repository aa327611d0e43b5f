"""Blocks that normalise before they convolve, and the networks of them.
He et al. 2016, https://arxiv.org/abs/1603.05027"""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from engine.models._init import Mode, initialise
from engine.models._model import Model
from engine.models._network import Network, Place, imagenet_stem, make_head, make_layers, small_stem
from engine.models._options import PreactOptions
from engine.models._slots import AttentionSlot


class PreactBlock(nn.Module):
    """BatchNorm, ReLU, convolution, twice or three times, and the addition, without a ReLU behind it.

    (B, inputs, H, W) to (B, outputs, H / stride, W / stride).

    middle: width of the 3x3 convolution of a bottleneck block; None makes a basic block.
    shared: the shortcut, too, starts from the normalised input. first_relu: whether the first BatchNorm has a ReLU
    where it is not shared. last_norm: another BatchNorm at the end. dropout: after the first convolution.
    gate: what scales the result before it is added.
    """

    def __init__(
        self,
        place: Place,
        middle: int | None,
        shortcut: nn.Module,
        *,
        shared: bool = False,
        first_relu: bool = True,
        last_norm: bool = False,
        dropout: float = 0.0,
        gate: nn.Module | None = None,
    ) -> None:
        super().__init__()
        inputs, outputs, stride = place[:3]
        self.bn1 = nn.BatchNorm2d(inputs)
        if middle:
            self.conv1 = nn.Conv2d(inputs, middle, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(middle)
            self.conv2 = nn.Conv2d(middle, middle, 3, stride, padding=1, bias=False)
            self.bn3 = nn.BatchNorm2d(middle)
            self.conv3 = nn.Conv2d(middle, outputs, 1, bias=False)
        else:
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bottleneck = bool(middle)
        self.shared = shared
        self.first_relu = first_relu or shared
        self.dropout = nn.Dropout(dropout)
        self.last_bn = nn.BatchNorm2d(outputs) if last_norm else nn.Identity()
        self.gate = gate or nn.Identity()
        self.attention = AttentionSlot(outputs, "block")
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn1(x)
        if self.first_relu:
            out = F.relu(out)
        added = self.shortcut(out if self.shared else x)
        out = self.conv2(F.relu(self.bn2(self.dropout(self.conv1(out)))))
        if self.bottleneck:
            out = self.conv3(F.relu(self.bn3(out)))
        return self.attention(self.gate(self.last_bn(out))) + added


def bare_projection(place: Place) -> nn.Module:
    """A 1x1 convolution where the width changes, else the input as it is."""
    inputs, outputs, stride = place[:3]
    return nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride, bias=False)


def preact_network(stem: nn.Module, layers: list[nn.Module], outputs: int, classes: int, init: Mode) -> Model:
    """A network of blocks that leave BatchNorm and ReLU to what follows them."""
    model = Network(stem, layers, make_head(outputs, classes, norm=True, relu=True))
    initialise(model, init)
    return model


def preact_resnet(
    options: PreactOptions,
    channels: int,
    classes: int,
    make_gate: Callable[[int], nn.Module | None] = lambda outputs: None,
) -> Model:
    """A residual network of PreactBlocks; make_gate gives the gate of a block that is so many channels wide."""

    def make_block(place: Place) -> nn.Module:
        return PreactBlock(
            place,
            place.outputs // 4 if options.bottleneck else None,
            bare_projection(place),
            shared=place.number == 0 and options.shared_preactivation[place.layer],
            first_relu=not options.remove_first_relu,
            last_norm=options.add_last_bn,
            gate=make_gate(place.outputs),
        )

    width, widths = options.first_width, options.widths()
    # The first block normalises what a small stem gives, so that needs no BatchNorm of its own.
    stem = small_stem(channels, width, norm=False, relu=False) if options.small_stem else imagenet_stem(channels, width)
    return preact_network(stem, make_layers(width, widths, make_block), widths[-1][-1], classes, options.init)
