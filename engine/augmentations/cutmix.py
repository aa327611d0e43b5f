"""CutMix: paste a box of another image into each and mix their labels. Yun et al. 2019,
https://arxiv.org/abs/1905.04899

One box and one share for the whole batch, partners drawn by shuffling it, as in hysts/pytorch_image_classification.
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
        description="Beta distribution of the box size: 1 makes any share equally likely, near 0 almost nothing or "
        "everything, large always half; 0 changes nothing.",
    )
    corrected: bool = Field(
        True,
        description="Mix labels by the area actually pasted. Off uses the drawn share even if the border cuts the box, "
        "as in hysts' code and published figures.",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """The box's centre lies anywhere in the image; the border cuts it."""

    def cutmix(batch: Batch, context: Context) -> Batch:
        if options.alpha == 0:
            return batch
        images, targets = batch
        kept = beta(options.alpha, context.generator).to(images)
        partner = torch.randperm(len(images), generator=context.generator, device=images.device)
        rows = span(images, images.shape[2], kept, context.generator)
        columns = span(images, images.shape[3], kept, context.generator)
        box = rows[:, None] & columns
        if options.corrected:
            kept = 1 - box.to(images.dtype).mean()
        return Batch(
            torch.where(box, images[partner], images),
            kept * targets + (1 - kept) * targets[partner],
        )

    return cutmix


def span(images: Tensor, side: int, kept: Tensor, generator: torch.Generator) -> Tensor:
    """Which pixels of one side lie in the box: bool (side,). kept: the share of the area that is not pasted over."""
    centre = side * torch.rand((), generator=generator, device=images.device)
    half = side * (1 - kept).sqrt() / 2
    pixels = torch.arange(side, device=images.device)
    return (pixels >= (centre - half).round()) & (pixels < (centre + half).round())
