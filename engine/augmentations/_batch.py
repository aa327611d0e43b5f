"""What augmentations work on: whole batches, and what they may know about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Batch(NamedTuple):
    """images: float (B, C, H, W), in [0, 1] until they are normalised; targets: (B, K), rows sum to 1."""

    images: Tensor
    targets: Tensor


@dataclass
class Context:
    """Which samples a batch holds and when. All randomness comes from generator, which is on the images' device.

    view: an objective may ask for several views of the same images; each begins from the same random numbers.
    mean: the mean colour of the data set, one number in [0, 1] a channel. seed: that of the run, for what stays the
    same over its epochs.
    """

    indices: Tensor
    epoch: int
    view: str
    generator: torch.Generator
    mean: Sequence[float] = (0.5,)
    seed: int = 0


Augmentation = Callable[[Batch, Context], Batch]


def uniform(images: Tensor, low: float, high: float, generator: torch.Generator) -> Tensor:
    """One random number in [low, high) for each image: (B,), on the images' device."""
    return low + (high - low) * torch.rand(len(images), generator=generator, device=images.device)


def integers(images: Tensor, low: int, high: int, generator: torch.Generator) -> Tensor:
    """One random integer in [low, high) for each image: (B,), on the images' device."""
    return torch.randint(low, high, (len(images),), generator=generator, device=images.device)


def each(values: Tensor) -> Tensor:
    """One value for each image, (B,), in a shape that fits (B, C, H, W)."""
    return values[:, None, None, None]
