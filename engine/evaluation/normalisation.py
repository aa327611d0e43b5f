"""Images as the network sees them: float, on its device, normalised per channel."""

from functools import lru_cache

import torch
from torch import Tensor

from engine.datasets._dataset import Dataset


def normalised(images: Tensor, dataset: Dataset, device: torch.device) -> Tensor:
    """uint8 images (B, C, H, W) as the network sees them: on its device, float, normalised per channel."""
    return normalise(to_float(images, device), dataset)


def to_float(images: Tensor, device: torch.device) -> Tensor:
    """uint8 images as float in [0, 1] on the device, laid out channels last."""
    images = images.to(device, non_blocking=True).float().div_(255)
    return images.contiguous(memory_format=torch.channels_last)


def normalise(images: Tensor, dataset: Dataset) -> Tensor:
    """(image - mean) / std per channel; mean and std are of images in [0, 1]."""
    mean, std = (_by_channel(tuple(values), images.dtype, images.device) for values in (dataset.mean, dataset.std))
    return (images - mean) / std


@lru_cache(maxsize=16)
def _by_channel(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """(1, C, 1, 1), copied to the device once: it would wait for each copy."""
    return torch.tensor(values, dtype=dtype, device=device).view(1, -1, 1, 1)
