"""Mixup: blend each image and its label with those of another. Zhang et al. 2018, https://arxiv.org/abs/1710.09412

One share for the whole batch, drawn from Beta(alpha, alpha). The larger part stays with the image itself: the same
pairs are as likely either way, and then alpha 0 changes nothing.
"""

from collections.abc import Callable

import torch
from pydantic import Field
from torch import Tensor

from engine.augmentations._batch import Batch, Context
from engine.augmentations._beta import beta
from engine.options import PartOptions

AFTER_NORMALIZATION = True
MIXES_IMAGES = True


class Options(PartOptions):
    alpha: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Beta distribution of the mixing weight: near 0 hardly mixes, 1 makes any weight equally likely, "
        "large always half and half. Larger regularises more but trains slower.",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """Partners are drawn by shuffling the batch."""

    def mixup(batch: Batch, context: Context) -> Batch:
        if options.alpha == 0:
            return batch
        images, targets = batch
        share = larger_share(options.alpha, context.generator).to(images)
        partner = torch.randperm(len(images), generator=context.generator, device=images.device)
        return Batch(
            share * images + (1 - share) * images[partner],
            share * targets + (1 - share) * targets[partner],
        )

    return mixup


def larger_share(alpha: float, generator: torch.Generator) -> Tensor:
    """The larger of x and 1 - x, x drawn from Beta(alpha, alpha): a scalar on the generator's device (mps: the CPU)."""
    share = beta(alpha, generator)
    return torch.maximum(share, 1 - share)
