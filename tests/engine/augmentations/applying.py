"""A batch of random images, and an augmentation applied to it."""

from types import ModuleType

import torch
import torch.nn.functional as F

from engine.augmentations._batch import Batch, Context

CLASSES = 4


def a_batch(count: int = 16, channels: int = 3, height: int = 12, width: int = 10) -> Batch:
    generator = torch.Generator().manual_seed(7)
    images = torch.rand(count, channels, height, width, generator=generator)
    return Batch(images, F.one_hot(torch.arange(count) % CLASSES, CLASSES).float())


def context(count: int = 16, seed: int = 0) -> Context:
    return Context(torch.arange(count), epoch=1, view="train", generator=torch.Generator().manual_seed(seed))


def apply(part: ModuleType, batch: Batch, seed: int = 0, **options: object) -> Batch:
    return part.build(part.Options(**options))(batch, context(len(batch.images), seed))
