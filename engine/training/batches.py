"""Batches of one epoch, in an order that follows from seed and epoch alone: a resumed run sees the same ones."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from engine.config.stage import Stage
from engine.datasets._dataset import Split

MASK = (1 << 64) - 1


def seed_of(seed: int, number: int, purpose: int) -> int:
    """A 63-bit number that looks random for each (seed, number, purpose) (splitmix64, Steele et al. 2014)."""
    x = (seed * 0x9E3779B97F4A7C15 + number * 0xBF58476D1CE4E5B9 + purpose * 0x94D049BB133111EB + 1) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return (x ^ (x >> 31)) >> 1


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Whole batches only, so that every step weighs the same; a set smaller than one batch is one batch."""
    return max(1, images // batch_size)


def share(images: int, shares: list[float], seed: int) -> Tensor:
    """The numbers, sorted, of the images between two shares of a shuffled order: [0, 0.5] and [0.5, 1] share none."""
    shuffled = torch.randperm(images, generator=torch.Generator().manual_seed(seed_of(seed, 0, purpose=4)))
    return shuffled[places_of(images, shares)].sort().values


def places_of(images: int, shares: list[float]) -> slice:
    """The places of a shuffled order of so many images that lie between two shares of it."""
    return slice(round(shares[0] * images), round(shares[1] * images))


def check_shares(images: int, stages: list[Stage]) -> None:
    """Raise ValueError that names the field of the first stage whose share of so many training images has none."""
    for index, stage in enumerate(stages):
        places = places_of(images, stage.images)
        if places.start == places.stop:
            shares = "[{:g}, {:g}]".format(*stage.images)
            raise ValueError(
                f"stages.{index}.images: {shares} of {images} training images leaves none to train on; widen it, one "
                f"image is a share of {1 / images:.2g}"
            )


def order(images: Tensor, steps: int, batch_size: int, seed: int, epoch: int) -> list[Tensor]:
    """The indices of each batch of an epoch of so many steps; few images come round more than once."""
    generator = torch.Generator().manual_seed(seed_of(seed, epoch, purpose=1))
    rounds = 1 if steps == 1 else math.ceil(steps * batch_size / len(images))
    shuffled = torch.cat([images[torch.randperm(len(images), generator=generator)] for _ in range(rounds)])
    return list(shuffled[: steps * batch_size].split(batch_size))


def load(split: Split, batches: list[Tensor], workers: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """(indices, uint8 images (B, C, H, W), targets (B,)) of each batch; images in files are decoded by workers."""
    if split.in_memory:
        for indices in batches:
            yield indices, split.images(indices), split.targets[indices]
    else:
        loader = DataLoader(_Decoder(split), batch_size=None, sampler=batches, num_workers=workers)
        for indices, images in zip(batches, loader, strict=True):
            if isinstance(images, str):
                raise ValueError(images)
            yield indices, images, split.targets[indices]


class _Decoder(TorchDataset):
    """Gives a whole batch for a tensor of indices, or the sentence that says which image cannot be read.

    (What is raised in a loader's process arrives as a text with a traceback in it.)
    """

    def __init__(self, split: Split):
        self.split = split

    def __getitem__(self, indices: Tensor) -> Tensor | str:
        try:
            return self.split.images(indices)
        except ValueError as error:
            return str(error)
