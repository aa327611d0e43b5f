"""Random resized crop: crop a box of random size and shape and resize it to the full image. Szegedy et al. 2014,
https://arxiv.org/abs/1409.4842

Boxes are drawn and resized as by torchvision's RandomResizedCrop. What is cut is the loaded image, already of the size
that the network sees.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from engine.augmentations._batch import Batch, Context
from engine.options import PartOptions

AFTER_NORMALIZATION = False
TRIES = 10


class Options(PartOptions):
    smallest: float = Field(
        0.08,
        gt=0,
        le=1,
        description="Smallest share of the image kept. Smaller varies size and position more; 1 changes nothing.",
    )
    stretch: float = Field(
        4 / 3,
        ge=1,
        le=4,
        description="Largest aspect ratio of the box, either way. 1 keeps proportions.",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A box of its own for each image; the size of the result stays."""

    def random_resized_crop(batch: Batch, context: Context) -> Batch:
        if options.smallest == 1:
            return batch
        top, left, rows, columns = boxes(batch.images, options, context.generator)
        return Batch(stretched(batch.images, top, left, rows, columns), batch.targets)

    return random_resized_crop


def boxes(images: Tensor, options: Options, generator: torch.Generator) -> Tensor:
    """Top, left, height and width of a box for each image: whole numbers (4, B). The first of ten that fits, or all."""
    height, width = images.shape[2:]
    area, ratio, down, across = torch.rand(4, len(images), TRIES, generator=generator, device=images.device)
    area = height * width * (options.smallest + area * (1 - options.smallest))
    ratio = torch.exp((2 * ratio - 1) * math.log(options.stretch))
    rows, columns = (area / ratio).sqrt().round(), (area * ratio).sqrt().round()
    fits = (rows > 0) & (rows <= height) & (columns > 0) & (columns <= width)
    rows, columns = torch.where(fits, rows, height), torch.where(fits, columns, width)
    first = fits.int().argmax(1, keepdim=True)
    top, left = (down * (height - rows + 1)).floor(), (across * (width - columns + 1)).floor()
    return torch.stack([values.gather(1, first)[:, 0] for values in (top, left, rows, columns)])


def stretched(images: Tensor, top: Tensor, left: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The box of each image, bilinearly, in the size of the whole image."""
    height, width = images.shape[2:]
    y, x = source(height, top, rows), source(width, left, columns)
    grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), dim=3)
    return F.grid_sample(images, grid.to(images.dtype), mode="bilinear", padding_mode="border", align_corners=False)


def source(side: int, start: Tensor, length: Tensor) -> Tensor:
    """Where each pixel of one side comes from, (B, side), on grid_sample's scale: -1 and 1 are the image's borders."""
    pixels = torch.arange(side, device=start.device)
    place = (pixels + 0.5) * length[:, None] / side - 0.5
    place = place.clamp_min(0).minimum(length[:, None] - 1) + start[:, None]  # nothing comes from outside the box
    return (2 * place + 1) / side - 1
