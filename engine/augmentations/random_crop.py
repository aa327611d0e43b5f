"""Random crop: shift each image by a few pixels. Used since He et al. 2015, https://arxiv.org/abs/1512.03385"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field

from engine.augmentations._batch import Batch, Context, integers
from engine.options import PartOptions

AFTER_NORMALIZATION = False


class Options(PartOptions):
    padding: int = Field(
        4,
        ge=0,
        le=64,
        description="Farthest shift in each direction. More varies the images more and cuts more of them off.",
        json_schema_extra={"unit": "pixels"},
    )
    mode: Literal["zero", "reflect"] = Field(
        "zero", description="What comes in at the border: black (zero) or the image mirrored (reflect)."
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A shift of its own for each image; the size stays."""
    padding = options.padding

    def random_crop(batch: Batch, context: Context) -> Batch:
        images = batch.images
        height, width = images.shape[2:]
        if options.mode == "reflect" and padding >= min(height, width):
            raise ValueError(
                f"random_crop: padding {padding} is too large to mirror images of {width}x{height}; "
                f"at most {min(height, width) - 1}"
            )
        mode = "constant" if options.mode == "zero" else "reflect"
        padded = F.pad(images, (padding, padding, padding, padding), mode=mode)
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (B, C, shifts, shifts, H, W), without a copy
        rows = integers(images, 0, 2 * padding + 1, context.generator)
        columns = integers(images, 0, 2 * padding + 1, context.generator)
        every = torch.arange(len(images), device=images.device)
        return Batch(windows[every, :, rows, columns], batch.targets)

    return random_crop
