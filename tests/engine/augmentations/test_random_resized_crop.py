"""Cut boxes follow torchvision's distributions and are resized as there."""

import numpy as np
import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as reference

from engine.augmentations import random_resized_crop

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def cut(images: torch.Tensor, count: int) -> list[np.ndarray]:
    options, generator = random_resized_crop.Options(), torch.Generator().manual_seed(0)
    found = random_resized_crop.boxes(images.expand(count, -1, -1, -1), options, generator)
    return list(found.numpy())


def test_crops_are_drawn_as_by_torchvision() -> None:
    images = torch.zeros(1, 3, 32, 32)
    top, left, rows, columns = cut(images, 4000)
    torch.manual_seed(0)
    theirs = v2.RandomResizedCrop(32)
    boxes = [theirs.make_params([images]) for _ in range(4000)]
    for ours, name in ((top, "top"), (left, "left"), (rows, "height"), (columns, "width")):
        wanted = np.array([box[name] for box in boxes])
        for quantile in QUANTILES:
            assert np.quantile(ours, quantile) == pytest.approx(np.quantile(wanted, quantile), abs=1.5), name
    assert (rows * columns).min() >= 0.08 * 32 * 32 * 0.9


@pytest.mark.parametrize("box", [(0, 0, 32, 24), (3, 5, 10, 7), (31, 0, 1, 24), (8, 8, 16, 16)])
def test_cut_boxes_are_resized_as_by_torchvision(box: tuple[int, int, int, int]) -> None:
    images = torch.rand(2, 3, 32, 24, generator=torch.Generator().manual_seed(0))
    ours = random_resized_crop.stretched(images, *(torch.full((2,), float(value)) for value in box))
    theirs = reference.resized_crop(images, *box, size=[32, 24], antialias=False)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)


def test_a_box_that_never_fits_is_the_whole_image() -> None:
    options = random_resized_crop.Options(smallest=0.999, stretch=4.0)
    top, left, rows, columns = random_resized_crop.boxes(
        torch.zeros(200, 1, 8, 8), options, torch.Generator().manual_seed(0)
    )
    whole = (rows == 8) & (columns == 8)
    assert whole.all() and (top == 0).all() and (left == 0).all()
