"""Ghost BatchNorm as a layer: in training it looks at a few images at a time. Hoffer et al. 2017,
https://arxiv.org/abs/1705.08741

Running statistics take in one group after the other, as they do where a batch passes in pieces (`subdivisions`).
"""

from functools import cache

import torch
from torch import Tensor, nn

from engine.models._norms import NEWEST_RULE, sees_the_batch


class Ghost:
    """What is laid over a BatchNorm layer. ghost_batch: images in a group."""

    ghost_batch: int

    def forward(self, images: Tensor) -> Tensor:
        """Shape in and out (B, C, ...), as of the layer below."""
        whole = super().forward  # type: ignore[misc]
        if not self.training or len(images) <= self.ghost_batch:  # type: ignore[attr-defined]
            return whole(images)
        return torch.cat([whole(group) for group in images.split(self.ghost_batch)])


@cache
def ghost_of(layer: type, ghost_batch: int) -> type:
    """The class of layers that are `layer` and look at groups of so many images."""
    return type(f"Ghost{layer.__name__}", (Ghost, layer), {"ghost_batch": ghost_batch})


def use_ghost_batches(model: nn.Module, ghost_batch: int, norm_rule: int = NEWEST_RULE) -> None:
    """Let every BatchNorm of the model look at so many images at a time, and no other layer.

    The layers stay what they are but for their class, so that names, weights and statistics are as before.
    norm_rule: see engine/models/_norms.py.
    """
    for module in model.modules():
        if isinstance(module, Ghost):
            module.__class__ = type(module).__bases__[-1]
        if sees_the_batch(module, norm_rule):
            layer: type = type(module)
            module.__class__ = ghost_of(layer, ghost_batch)
