"""Colour jitter: vary brightness, contrast, saturation and hue of each image. As torchvision's ColorJitter

The four come in this order always (torchvision shuffles them). Saturation and hue leave grey images as they are.
"""

from collections.abc import Callable

import torch
from pydantic import Field
from torch import Tensor

from engine.augmentations._batch import Batch, Context, each, uniform
from engine.options import PartOptions

AFTER_NORMALIZATION = False
LUMA = [0.2989, 0.587, 0.114]  # how bright red, green and blue look (ITU-R BT.601)


class Options(PartOptions):
    brightness: float = Field(
        0.2, ge=0, le=1, description="Largest change of brightness: 0.2 gives 80 to 120 %. Larger varies more."
    )
    contrast: float = Field(
        0.2, ge=0, le=1, description="Largest change of contrast: 0.2 gives 80 to 120 %. Larger varies more."
    )
    saturation: float = Field(
        0.2, ge=0, le=1, description="Largest change of saturation: 0.2 gives 80 to 120 %. Larger varies more."
    )
    hue: float = Field(
        0.1,
        ge=0,
        le=0.5,
        description="Largest hue shift, as a fraction of the colour wheel. Larger makes colour less informative; 0.5 "
        "reaches the complement.",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """Strengths of its own for each image, drawn evenly from the range; values stay in [0, 1]."""

    def color_jitter(batch: Batch, context: Context) -> Batch:
        images, generator = batch.images, context.generator

        def factor(strength: float) -> Tensor:
            return each(uniform(images, 1 - strength, 1 + strength, generator))

        if options.brightness:
            images = (images * factor(options.brightness)).clamp(0, 1)
        if options.contrast:
            images = blend(images, grey(images).mean((2, 3), keepdim=True), factor(options.contrast))
        if options.saturation and images.shape[1] == 3:
            images = blend(images, grey(images), factor(options.saturation))
        if options.hue and images.shape[1] == 3:
            images = turn_hue(images, uniform(images, -options.hue, options.hue, generator))
        return Batch(images, batch.targets)

    return color_jitter


def blend(images: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    """factor 1 gives the images, 0 the other, more than 1 the images farther from the other."""
    return (factor * images + (1 - factor) * other).clamp(0, 1)


def grey(images: Tensor) -> Tensor:
    """Brightness of each pixel: (B, 3 or 1, H, W) to (B, 1, H, W)."""
    if images.shape[1] == 1:
        return images
    return sum(weight * colour for weight, colour in zip(LUMA, images.split(1, dim=1), strict=True))


def turn_hue(images: Tensor, turn: Tensor) -> Tensor:
    """RGB images (B, 3, H, W) with all hues turned by turn (B,), in whole colour circles; through HSV and back."""
    red, green, blue = images.unbind(1)
    value, spread = images.amax(1), images.amax(1) - images.amin(1)
    safe = spread.clamp_min(1e-12)
    hue = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    hue = hue + 6 * turn[:, None, None]  # in sixths of the circle
    sixths = torch.stack([hue + 5, hue + 3, hue + 1], 1) % 6
    return value[:, None] - spread[:, None] * torch.minimum(sixths, 4 - sixths).clamp(0, 1)
