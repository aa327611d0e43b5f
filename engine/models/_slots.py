"""Places in a network where an attention block can stand."""

from typing import Literal

from torch import nn


class AttentionSlot(nn.Identity):
    """An empty place that passes its input on until the engine puts an attention block there.

    where: "block" is inside a residual block, before the addition; "layer" is after a whole layer.
    """

    def __init__(self, channels: int, where: Literal["block", "layer"]) -> None:
        super().__init__()
        self.channels = channels
        self.where = where

    def extra_repr(self) -> str:
        return f"channels={self.channels}, where={self.where!r}"
