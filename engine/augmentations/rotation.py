"""Rotation: rotate each image about its centre, with black corners. As torchvision's RandomRotation"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from engine.augmentations._batch import Batch, Context, uniform
from engine.options import PartOptions

AFTER_NORMALIZATION = False


class Options(PartOptions):
    degrees: float = Field(
        15.0,
        ge=0,
        le=180,
        description="Largest rotation either way. Larger varies more and crops more of the corners.",
        json_schema_extra={"unit": "degrees"},
    )
    interpolation: Literal["bilinear", "nearest"] = Field(
        "bilinear", description="bilinear is smooth and blurs slightly; nearest keeps pixel values but is jagged."
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """An angle of its own for each image."""

    def rotation(batch: Batch, context: Context) -> Batch:
        if options.degrees == 0:
            return batch
        angles = uniform(batch.images, -options.degrees, options.degrees, context.generator)
        return Batch(rotate(batch.images, angles, options.interpolation), batch.targets)

    return rotation


def rotate(images: Tensor, degrees: Tensor, interpolation: str) -> Tensor:
    """Images (B, C, H, W) turned counter-clockwise by degrees (B,)."""
    height, width = images.shape[2:]
    cos, sin = torch.deg2rad(degrees).cos(), torch.deg2rad(degrees).sin()
    zero = torch.zeros_like(cos)
    # Where each pixel comes from, in coordinates that run from -1 to 1 along either side: hence the aspect ratio.
    rows = [torch.stack([cos, -sin * height / width, zero], 1), torch.stack([sin * width / height, cos, zero], 1)]
    grid = F.affine_grid(torch.stack(rows, 1).to(images.dtype), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode=interpolation, padding_mode="zeros", align_corners=False)
