"""Augmentations repeat with their generator, change nothing at strength zero, and do to each image what they say."""

from types import ModuleType

import pytest
import torch

from engine import catalog
from engine.augmentations import (
    color_jitter,
    cutmix,
    cutout,
    horizontal_flip,
    mixup,
    random_crop,
    random_erasing,
    random_resized_crop,
    rotation,
)
from tests.engine.augmentations.applying import a_batch, apply

ZERO = [
    (random_crop, {"padding": 0}),
    (random_crop, {"padding": 0, "mode": "reflect"}),
    (horizontal_flip, {"probability": 0.0}),
    (color_jitter, {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}),
    (rotation, {"degrees": 0.0}),
    (cutout, {"size": 0}),
    (cutout, {"probability": 0.0}),
    (mixup, {"alpha": 0.0}),
    (mixup, {"alpha": 1e-6}),
    (cutmix, {"alpha": 0.0}),
    (random_erasing, {"probability": 0.0}),
    (random_erasing, {"smallest": 0.0, "largest": 0.0}),
    (random_resized_crop, {"smallest": 1.0}),
]


@pytest.mark.parametrize(("part", "options"), ZERO)
def test_strength_zero_changes_nothing_bit_for_bit(part: ModuleType, options: dict) -> None:
    batch = a_batch()
    for seed in range(5):
        after = apply(part, batch, seed, **options)
        assert torch.equal(after.images, batch.images) and torch.equal(after.targets, batch.targets)


@pytest.mark.parametrize("name", catalog.names("augmentations"))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_augmentation_repeats_with_its_generator_and_leaves_its_input_alone(name: str, channels: int) -> None:
    part = catalog.load("augmentations", name)
    batch = a_batch(channels=channels, height=32, width=32)
    images, targets = batch.images.clone(), batch.targets.clone()
    torch.manual_seed(1)
    first = apply(part, batch)
    torch.manual_seed(2)
    second = apply(part, batch)
    assert torch.equal(first.images, second.images) and torch.equal(first.targets, second.targets)
    assert not torch.equal(first.images, apply(part, batch, seed=1).images)
    assert torch.equal(batch.images, images) and torch.equal(batch.targets, targets)


@pytest.mark.parametrize("name", catalog.names("augmentations"))
def test_every_augmentation_keeps_shape_range_and_label_sums(name: str) -> None:
    part = catalog.load("augmentations", name)
    batch = a_batch(height=32, width=32)
    for seed in range(3):
        after = apply(part, batch, seed)
        assert after.images.shape == batch.images.shape and after.images.dtype == batch.images.dtype
        assert after.images.min() >= 0 and after.images.max() <= 1 + 1e-6
        torch.testing.assert_close(after.targets.sum(1), torch.ones(16))
