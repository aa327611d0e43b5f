"""Blocks that add what they compute to what they got, ReLU last. He et al. 2015, https://arxiv.org/abs/1512.03385"""

from collections import OrderedDict
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from engine.models._network import Place
from engine.models._slots import AttentionSlot


class Block(nn.Module):
    """The convolutions of one block, and the addition: (B, inputs, H, W) to (B, outputs, H / stride, W / stride).

    middle: width of the 3x3 convolution of a bottleneck block, in `groups`; None makes a basic block.
    shortcut: what is added; None adds nothing.
    """

    def __init__(self, place: Place, middle: int | None, shortcut: nn.Module | None, groups: int = 1) -> None:
        super().__init__()
        inputs, outputs, stride = place[:3]
        if middle:
            self.conv1 = nn.Conv2d(inputs, middle, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(middle)
            self.conv2 = nn.Conv2d(middle, middle, 3, stride, padding=1, groups=groups, bias=False)
            self.bn2 = nn.BatchNorm2d(middle)
            self.conv3 = nn.Conv2d(middle, outputs, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(outputs)
        else:
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(outputs)
        self.bottleneck = bool(middle)
        self.attention = AttentionSlot(outputs, "block")
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.bottleneck:
            out = self.bn3(self.conv3(F.relu(out)))
        out = self.attention(out)
        return F.relu(out if self.shortcut is None else out + self.shortcut(x))


def projection(place: Place) -> nn.Module:
    """Shortcut B of the paper: a 1x1 convolution where the width changes, else the input as it is."""
    if place.inputs == place.outputs:
        return nn.Identity()
    convolution = nn.Conv2d(place.inputs, place.outputs, 1, place.stride, bias=False)
    return nn.Sequential(OrderedDict(conv=convolution, bn=nn.BatchNorm2d(place.outputs)))


class PaddedShortcut(nn.Module):
    """Fewer places, by taking every second one (shortcut A of the paper) or the mean of each square, and zeros for the
    channels that are new."""

    def __init__(self, place: Place, reduce: Literal["skip", "mean"] = "skip") -> None:
        super().__init__()
        self.missing = place.outputs - place.inputs
        # ceil_mode: an odd side has one more place than whole squares, as the convolution beside it gives one more too.
        self.pool = nn.AvgPool2d(place.stride if reduce == "mean" else 1, place.stride, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(self.pool(x), (0, 0, 0, 0, 0, self.missing))
