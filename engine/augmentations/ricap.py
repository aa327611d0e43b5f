"""RICAP: patch four images together, a corner of each, and mix their labels. Takahashi et al. 2018,
https://arxiv.org/abs/1811.09030

The corners meet at one random point for the whole batch, and each corner is cut from one place of its images, as in
hysts/pytorch_image_classification. It varies the position by itself: random_crop is usually left out.
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
    beta: float = Field(
        0.3,
        gt=0,
        le=100,
        description="Where the four images meet: near 0 at the border, so one fills almost everything; 1 anywhere; "
        "large in the middle.",
    )


def build(options: Options) -> Callable[[Batch, Context], Batch]:
    """Labels are mixed by the areas of the four corners, which sum to the image's."""

    def ricap(batch: Batch, context: Context) -> Batch:
        images, targets = batch
        generator, device, (height, width) = context.generator, images.device, images.shape[2:]
        first_rows = (height * beta(options.beta, generator)).round().to(device)
        first_columns = (width * beta(options.beta, generator)).round().to(device)
        rows, columns = torch.arange(height, device=device)[:, None], torch.arange(width, device=device)
        below, right = rows >= first_rows, columns >= first_columns
        corner = 2 * below.long() + right.long()  # (H, W): 0 and 1 above, 2 and 3 below
        partners = torch.stack([torch.randperm(len(images), generator=generator, device=device) for _ in range(4)])
        down, across = torch.rand(2, 4, generator=generator, device=device)
        rows = source(rows, height, first_rows, below, down[corner])
        columns = source(columns, width, first_columns, right, across[corner])
        mixed = images[partners[corner].permute(2, 0, 1), :, rows, columns]  # (B, H, W, C)
        areas = torch.stack([(corner == number).to(targets.dtype).mean() for number in range(4)])
        return Batch(mixed.permute(0, 3, 1, 2), (areas[:, None, None] * targets[partners]).sum(0))

    return ricap


def source(pixels: Tensor, side: int, first: Tensor, second: Tensor, draw: Tensor) -> Tensor:
    """Along one side, where each pixel of the result (H, W) is taken from.

    first: how many pixels the corners at the beginning have; second: which pixels lie in the other ones;
    draw: in [0, 1), where the corner of each pixel is cut: its origin lies between 0 and side - its length.
    """
    length = torch.where(second, side - first, first)
    return (pixels - first * second + (draw * (side - length + 1)).floor()).long()
