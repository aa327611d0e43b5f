"""Smooth pictures, and a library's transform of each."""

import random

import numpy as np
import torch
from PIL import Image

from engine.augmentations._batch import Batch, Context

MEAN = (0.4914, 0.4822, 0.4465)


def pictures(count: int = 24, channels: int = 3) -> torch.Tensor:
    """uint8 (B, C, 32, 32): smooth, so that every change shows."""
    generator = torch.Generator().manual_seed(5)
    small = torch.rand(count, channels, 4, 4, generator=generator)
    return (255 * torch.nn.functional.interpolate(small, size=(32, 32), mode="bilinear")).byte()


def augmented(part, images: torch.Tensor, seed: int = 0, **options: object) -> torch.Tensor:
    """uint8, as the network would see it."""
    batch = Batch(images.float() / 255, torch.ones(len(images), 1))
    context = Context(torch.arange(len(images)), 1, "train", torch.Generator().manual_seed(seed), MEAN)
    return part.build(part.Options(**options))(batch, context).images.mul(255).round().byte()


def one_by_one(images: torch.Tensor, transform, seed: int) -> torch.Tensor:
    """Each picture through a library's transform, the random numbers beginning where ours do."""
    number = int(torch.randint(2**31 - 1, (), generator=torch.Generator().manual_seed(seed)))
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)
    changed = [np.asarray(transform(Image.fromarray(image.permute(1, 2, 0).numpy()))) for image in images]
    return torch.from_numpy(np.stack(changed)).permute(0, 3, 1, 2)
