"""Random erasing: fill a random box in some images with a random shade. Zhong et al. 2017,
https://arxiv.org/abs/1708.04896

The rule is that of hysts/pytorch_image_classification: the aspect ratio is drawn evenly (torchvision draws its
logarithm evenly), and one number fills all channels after normalisation.
"""

from collections.abc import Callable

import torch
from pydantic import Field, model_validator
from torch import Tensor

from engine.augmentations._batch import Batch, Context, each, uniform
from engine.options import PartOptions

AFTER_NORMALIZATION = True
TRIES = 20


class Options(PartOptions):
    probability: float = Field(0.5, ge=0, le=1, description="Share of images with a filled box.")
    smallest: float = Field(
        0.02, ge=0, le=1, description="Smallest share of the image that the box covers. Larger hides more."
    )
    largest: float = Field(
        0.4, ge=0, le=1, description="Largest share of the image that the box covers. Larger hides more."
    )
    narrowest: float = Field(
        0.3,
        gt=0,
        le=1,
        description="Smallest height-to-width ratio of the box; the largest is its inverse. 1 gives squares only.",
    )

    @model_validator(mode="after")
    def sizes_rise(self) -> "Options":
        if self.smallest > self.largest:
            raise ValueError(f"smallest {self.smallest} must not be above largest {self.largest}")
        return self


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A box and a shade of its own for each image."""

    def random_erasing(batch: Batch, context: Context) -> Batch:
        images, generator = batch.images, context.generator
        box = boxes(images, options, generator)
        chosen = uniform(images, 0, 1, generator) < options.probability
        shade = uniform(images, 0, 1, generator).to(images.dtype)
        return Batch(torch.where(box & each(chosen), each(shade), images), batch.targets)

    return random_erasing


def boxes(images: Tensor, options: Options, generator: torch.Generator) -> Tensor:
    """The pixels in a random box of each image: bool (B, 1, H, W). The first of twenty that is smaller than the image.

    An image for which none fits has an empty box.
    """
    height, width = images.shape[2:]
    area, ratio, down, across = torch.rand(4, len(images), TRIES, generator=generator, device=images.device)
    area = height * width * (options.smallest + area * (options.largest - options.smallest))
    ratio = options.narrowest + ratio * (1 / options.narrowest - options.narrowest)
    rows, columns = (area * ratio).sqrt().floor(), (area / ratio).sqrt().floor()
    fits = (rows < height) & (columns < width)
    first = fits.int().argmax(1, keepdim=True)

    def covered(side: int, length: Tensor, place: Tensor) -> Tensor:
        start = (place * (side - length)).floor().gather(1, first)
        pixels = torch.arange(side, device=images.device)
        return (pixels >= start) & (pixels < start + length.gather(1, first))

    inside = covered(height, rows, down)[:, :, None] & covered(width, columns, across)[:, None, :]
    return (inside & fits.any(1)[:, None, None])[:, None]
