"""Erased boxes follow the distributions of the code they come from."""

import numpy as np
import pytest
import torch

from engine.augmentations import random_erasing
from engine.augmentations._batch import Batch, Context

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def erased(images: torch.Tensor, **options: float) -> torch.Tensor:
    context = Context(torch.arange(len(images)), 1, "train", torch.Generator().manual_seed(0))
    part = random_erasing.build(random_erasing.Options(**options))
    return part(Batch(images, torch.ones(len(images), 1)), context).images


def hysts_box(random: np.random.Generator, height: int, width: int) -> tuple[int, int, int, int]:
    """The rule as its authors' code states it: rows, columns, top, left of the first box that fits."""
    while True:
        area = random.uniform(0.02, 0.4) * height * width
        ratio = random.uniform(0.3, 1 / 0.3)
        rows, columns = int(np.sqrt(area * ratio)), int(np.sqrt(area / ratio))
        if columns < width and rows < height:
            return rows, columns, random.integers(0, height - rows), random.integers(0, width - columns)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (28, 40)])
def test_erased_boxes_have_the_areas_ratios_and_places_of_hysts(height: int, width: int) -> None:
    after = erased(torch.full((6000, 1, height, width), -1.0), probability=1.0)
    hidden = (after != -1)[:, 0]
    rows, columns = hidden.any(2), hidden.any(1)
    assert torch.equal(hidden, rows[:, :, None] & columns[:, None, :])
    sizes = rows.sum(1), columns.sum(1), rows.int().argmax(1), columns.int().argmax(1)
    ours = np.array([values.numpy() for values in sizes]).T
    random = np.random.default_rng(0)
    theirs = np.array([hysts_box(random, height, width) for _ in range(6000)])
    for measure in (
        lambda box: box[:, 0] * box[:, 1] / (height * width),
        lambda box: box[:, 0] / box[:, 1],
        lambda box: box[:, 2] / height,
        lambda box: box[:, 3] / width,
    ):
        for quantile in QUANTILES:
            wanted = np.quantile(measure(theirs), quantile)
            assert np.quantile(measure(ours), quantile) == pytest.approx(wanted, abs=0.05 * (1 + wanted))
    assert (ours[:, 2] + ours[:, 0]).max() < height and (ours[:, 3] + ours[:, 1]).max() < width


def test_one_shade_between_zero_and_one_fills_all_channels_of_a_box() -> None:
    after = erased(torch.full((400, 3, 16, 16), -1.0), probability=1.0)
    assert torch.equal(after[:, :1].expand(-1, 3, -1, -1), after)
    shades = torch.stack([image[image != -1].unique() for image in after])  # one number each
    assert shades.shape == (400, 1) and shades.min() >= 0 and shades.max() <= 1
    assert shades.mean().item() == pytest.approx(0.5, abs=0.1)


def test_half_of_the_images_are_erased() -> None:
    touched = (erased(torch.full((1000, 1, 32, 32), -1.0)) != -1).flatten(1).any(1)
    assert 400 < touched.sum() < 600


def test_boxes_that_never_fit_change_nothing() -> None:
    images = torch.rand(50, 1, 8, 8)
    assert torch.equal(erased(images, smallest=1.0, largest=1.0, narrowest=1.0, probability=1.0), images)


def test_a_smallest_above_the_largest_is_refused() -> None:
    with pytest.raises(ValueError, match=r"smallest 0\.5 must not be above largest 0\.4"):
        random_erasing.Options(smallest=0.5)
