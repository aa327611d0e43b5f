"""Hue, saturation and contrast are torchvision's, and each image gets its own."""

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from engine.augmentations import (
    color_jitter,
)
from engine.augmentations._batch import Batch
from tests.engine.augmentations.applying import a_batch, apply


@pytest.mark.parametrize("turn", [-0.5, -0.1, 0.0, 0.25, 0.5])
def test_hue_turns_as_torchvisions(turn: float) -> None:
    images = a_batch().images
    ours = color_jitter.turn_hue(images, torch.full((16,), turn))
    torch.testing.assert_close(ours, reference.adjust_hue(images, turn), rtol=0, atol=1e-5)


def test_hue_leaves_grey_pixels_grey() -> None:
    images = torch.rand(4, 1, 5, 5).expand(4, 3, 5, 5)
    assert torch.equal(color_jitter.turn_hue(images, torch.full((4,), 0.3)), images)


@pytest.mark.parametrize("factor", [0.0, 0.6, 1.0, 1.7])
def test_blends_equal_torchvisions(factor: float) -> None:
    images, each = a_batch().images, torch.full((16, 1, 1, 1), factor)
    grey = color_jitter.grey(images)
    saturated = color_jitter.blend(images, grey, each)
    contrasted = color_jitter.blend(images, grey.mean((2, 3), keepdim=True), each)
    torch.testing.assert_close(saturated, reference.adjust_saturation(images, factor), rtol=0, atol=1e-5)
    torch.testing.assert_close(contrasted, reference.adjust_contrast(images, factor), rtol=0, atol=1e-5)


def test_each_image_gets_a_brightness_of_its_own() -> None:
    batch = Batch(torch.full((64, 3, 2, 2), 0.5), torch.ones(64, 1))
    values = apply(color_jitter, batch, brightness=0.2, contrast=0.0, saturation=0.0, hue=0.0).images.flatten(1)
    assert (values == values[:, :1]).all()
    assert values.min() >= 0.4 and values.max() <= 0.6 and len(values[:, 0].unique()) > 60
