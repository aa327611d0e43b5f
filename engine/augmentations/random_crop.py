"""Random crop: shift each image by a few pixels. Used since He et al. 2015, https://arxiv.org/abs/1512.03385"""

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from engine.augmentations._batch import Batch, Context, integers
from engine.options import PartOptions

AFTER_NORMALIZATION = False


class Options(PartOptions):
    padding: int = Field(
        4,
        ge=0,
        le=64,
        description="Largest shift in each direction. Larger varies more and crops more.",
        json_schema_extra={"unit": "pixels"},
    )
    mode: Literal["zero", "edge", "reflect", "symmetric"] = Field(
        "zero",
        description="Border padding: black (zero), repeated outermost pixels (edge), or mirrored, without the "
        "outermost pixels (reflect) or with them (symmetric).",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """A shift of its own for each image; the size stays."""
    padding = options.padding

    def random_crop(batch: Batch, context: Context) -> Batch:
        images = batch.images
        height, width = images.shape[2:]
        padded = pad(images, padding, options.mode)
        windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # (B, C, shifts, shifts, H, W), without a copy
        rows = integers(images, 0, 2 * padding + 1, context.generator)
        columns = integers(images, 0, 2 * padding + 1, context.generator)
        every = torch.arange(len(images), device=images.device)
        return Batch(windows[every, :, rows, columns], batch.targets)

    return random_crop


def pad(images: Tensor, padding: int, mode: str) -> Tensor:
    """Images (B, C, H, W) with a border on all sides, by torchvision's names of the modes.

    Raises ValueError if there is not enough to mirror.
    """
    height, width = images.shape[2:]
    most = {"reflect": min(height, width) - 1, "symmetric": min(height, width)}.get(mode, padding)
    if padding > most:
        raise ValueError(
            f"random_crop: padding {padding} is too large to mirror images of {width}x{height}; at most {most}"
        )
    if mode == "symmetric":
        rows, columns = (mirrored(side, padding, images.device) for side in (height, width))
        return images[:, :, rows][..., columns]
    name = {"zero": "constant", "edge": "replicate", "reflect": "reflect"}[mode]
    return F.pad(images, (padding, padding, padding, padding), mode=name)


def mirrored(side: int, padding: int, device: torch.device) -> Tensor:
    """Positions along a side and beyond its ends, where it goes back: 1 0 0 1 2 3 3 2 for a side of 4 and 2 more."""
    positions = torch.arange(side, device=device)
    return torch.cat([positions[:padding].flip(0), positions, positions[side - padding :].flip(0)])
