"""Horizontal flip: mirror some images left to right. Krizhevsky et al. 2012, AlexNet

Alternating flips are those of airbench (Jordan 2024, https://arxiv.org/abs/2404.00498): every image is seen mirrored in
every second epoch, so that no epoch repeats the one before.
"""

from collections.abc import Callable

import torch
from pydantic import Field, model_validator
from torch import Tensor

from engine.augmentations._batch import Batch, Context, each, uniform
from engine.options import PartOptions

AFTER_NORMALIZATION = False


class Options(PartOptions):
    probability: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of images mirrored; 0.5 varies most. Use 0 if left and right matter, as for digits and "
        "letters.",
    )
    alternating: bool = Field(
        False,
        description="Mirror each image every second epoch instead of at random; half start mirrored. Helps short "
        "trainings.",
    )

    @model_validator(mode="after")
    def alternating_is_half(self) -> "Options":
        if self.alternating and self.probability != 0.5:
            raise ValueError(
                f"probability {self.probability} does not fit alternating flips, which mirror half of the images in "
                "each epoch: leave it at 0.5, or switch alternating off"
            )
        return self


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """Each image is mirrored or not, independently."""

    def horizontal_flip(batch: Batch, context: Context) -> Batch:
        if options.alternating:
            flipped = (coin(context.indices, context.seed) + context.epoch) % 2 == 1
            flipped = flipped.to(batch.images.device)
        else:
            flipped = uniform(batch.images, 0, 1, context.generator) < options.probability
        return Batch(torch.where(each(flipped), batch.images.flip(3), batch.images), batch.targets)

    return horizontal_flip


def coin(indices: Tensor, seed: int) -> Tensor:
    """0 or 1 for each sample, always the same for its number and the seed (the mixing steps of splitmix64)."""
    mixed = (indices.long() + 1 + (seed << 32)) * -7046029254386353131
    mixed = (mixed ^ (mixed >> 30)) * -4658895280553007687
    return (mixed >> 40) & 1
