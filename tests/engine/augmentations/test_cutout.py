"""Squares are hidden where hysts hides them, as often as asked, each view its own."""

import pytest
import torch
from torch import Tensor

from engine.augmentations import (
    cutout,
    mixup,
)
from engine.augmentations._batch import Batch, Context
from tests.engine.augmentations.applying import a_batch, apply


def boxes(images: Tensor) -> set[tuple[int, int]]:
    """(first, end) of the hidden rows and columns of each image of ones; all-visible images give (0, 0)."""
    found = set()
    for image in images:
        hidden = image[0] == 0
        for line in (hidden.any(1), hidden.any(0)):
            places = line.nonzero().flatten()
            found.add((int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0))
        assert hidden.sum() == hidden.any(1).sum() * hidden.any(0).sum()  # one filled rectangle
    return found


@pytest.mark.parametrize(
    ("size", "inside", "expected"),
    [
        # Even: centres 0 ... 8, so the box reaches from (0, 2) to (6, 8). Odd: centres 0 ... 7.
        (4, False, {(max(0, c - 2), min(8, c + 2)) for c in range(9)}),
        (3, False, {(max(0, c - 1), min(8, c + 2)) for c in range(8)}),
        (4, True, {(c - 2, c + 2) for c in range(2, 7)}),
        (3, True, {(c - 1, c + 2) for c in range(1, 7)}),
        (8, True, {(0, 8)}),
    ],
)
def test_cutout_reaches_exactly_to_where_hysts_lets_it(size: int, inside: bool, expected: set) -> None:
    ones = Batch(torch.ones(2000, 1, 8, 8), torch.ones(2000, 1))
    assert boxes(apply(cutout, ones, size=size, inside=inside).images) == expected


def test_cutout_hides_the_share_of_images_it_is_told() -> None:
    ones = Batch(torch.ones(1000, 1, 8, 8), torch.ones(1000, 1))
    touched = (apply(cutout, ones, size=4, inside=True, probability=0.3).images == 0).flatten(1).any(1)
    assert 210 < touched.sum() < 390  # six standard deviations around 300


def test_cutout_hides_after_normalisation_so_that_zero_is_the_mean() -> None:
    assert cutout.AFTER_NORMALIZATION


def test_twin_views_differ_in_their_squares_and_in_nothing_else() -> None:
    """Mixing after cutout draws the same partners and share in both views."""
    ones = Batch(torch.ones(500, 1, 8, 8), torch.eye(500))
    views = []
    for view in ("train", "twin"):
        where = Context(torch.arange(500), 1, view, torch.Generator().manual_seed(3))
        hidden = cutout.build(cutout.Options(size=4))(ones, where)
        views.append((hidden, mixup.build(mixup.Options())(hidden, where)))
    (first, mixed_first), (twin, mixed_twin) = views
    assert torch.equal(mixed_first.targets, mixed_twin.targets)
    assert boxes(first.images) == boxes(twin.images)
    same = (first.images == twin.images).flatten(1).all(1)
    assert same.sum() < 500 * 2 / 81 * 3  # 81 centres, of which some hide the same corner


def test_cutout_larger_than_the_image_cannot_stay_inside() -> None:
    with pytest.raises(ValueError, match="size 11 does not fit inside images of 10 pixels; at most 10"):
        apply(cutout, a_batch(), size=11, inside=True)
