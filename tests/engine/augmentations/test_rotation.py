"""Right angles turn exactly, others as torchvision turns them."""

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from engine.augmentations import (
    rotation,
)
from tests.engine.augmentations.applying import a_batch


@pytest.mark.parametrize("size", [(8, 8), (6, 10)])
@pytest.mark.parametrize(("degrees", "quarters"), [(90.0, 1), (-90.0, -1), (180.0, 2)])
def test_right_angles_turn_exactly(size: tuple[int, int], degrees: float, quarters: int) -> None:
    """On an image that is not square the centre square turns, and what comes from outside is black."""
    height, width = size
    side = min(size)
    top, left = (height - side) // 2, (width - side) // 2
    images = torch.zeros(2, 1, height, width)
    inner = torch.rand(2, 1, side, side)
    images[:, :, top : top + side, left : left + side] = inner
    turned = rotation.rotate(images, torch.full((2,), degrees), "bilinear")
    torch.testing.assert_close(
        turned[:, :, top : top + side, left : left + side], inner.rot90(quarters, (2, 3)), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_rotation_equals_torchvisions(interpolation: str) -> None:
    images = a_batch(count=1, height=32, width=24).images
    turned = rotation.rotate(images, torch.tensor([13.0]), interpolation)
    expected = reference.rotate(images, 13.0, reference.InterpolationMode(interpolation))
    # Torchvision fades the border of a bilinear rotation out in another way.
    inside = (slice(None), slice(None), slice(8, -8), slice(8, -8))
    torch.testing.assert_close(turned[inside], expected[inside], rtol=0, atol=1e-4)
