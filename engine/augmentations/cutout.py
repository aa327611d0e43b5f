"""Cutout: hide one random square in each image. DeVries & Taylor 2017, https://arxiv.org/abs/1708.04552

The square's centre may lie on the border, as in hysts/pytorch_image_classification. It stands after normalisation, so
the square has the mean colour of the data set. An objective that asks for twin views gets a square of its own in each
(dual cutout).
"""

from collections.abc import Callable

import torch
from pydantic import Field
from torch import Tensor

from engine.augmentations._batch import Batch, Context, each, integers, uniform
from engine.options import PartOptions

AFTER_NORMALIZATION = True


class Options(PartOptions):
    size: int = Field(
        16,
        ge=0,
        le=512,
        description="Side of the hidden square. Larger hides more; half the image's side is common.",
        json_schema_extra={"unit": "pixels"},
    )
    probability: float = Field(1.0, ge=0, le=1, description="Share of images with a hidden square.")
    inside: bool = Field(
        False,
        description="Keep the square inside the image. Off lets the border cut it, so some images lose less.",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A square of its own for each image."""

    def cutout(batch: Batch, context: Context) -> Batch:
        images = batch.images
        # Both are drawn in either view, so that what comes after draws the same numbers in both.
        first, second = (squares(images, options, context.generator) for _ in range(2))
        return Batch(images.masked_fill(second if context.view == "twin" else first, 0), batch.targets)

    return cutout


def squares(images: Tensor, options: Options, generator: torch.Generator) -> Tensor:
    """The pixels hidden in each image: bool (B, 1, H, W)."""
    rows = hidden(images, images.shape[2], options, generator)
    columns = hidden(images, images.shape[3], options, generator)
    chosen = uniform(images, 0, 1, generator) < options.probability
    return rows[:, None, :, None] & columns[:, None, None, :] & each(chosen)


def hidden(images: Tensor, side: int, options: Options, generator: torch.Generator) -> Tensor:
    """Which of the side's pixels the square covers, for each image: bool (B, side)."""
    if options.inside and options.size > side:
        raise ValueError(f"cutout: size {options.size} does not fit inside images of {side} pixels; at most {side}")
    half = options.size // 2
    end = side + (options.size % 2 == 0)  # an even square is centred between pixels, so one more centre exists
    margin = half if options.inside else 0
    start = integers(images, margin, end - margin, generator) - half
    pixels = torch.arange(side, device=images.device)
    return (pixels >= start[:, None]) & (pixels < start[:, None] + options.size)
