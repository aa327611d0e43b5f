"""Each image is mirrored whole or not at all, at random or in turn."""

import pytest
import torch

from engine.augmentations import (
    horizontal_flip,
)
from engine.augmentations._batch import Context
from tests.engine.augmentations.applying import a_batch, apply


def test_each_image_is_flipped_whole_or_not_at_all() -> None:
    batch = a_batch(count=400, height=4, width=4)
    after = apply(horizontal_flip, batch).images
    flipped = (after == batch.images.flip(3)).flatten(1).all(1)
    kept = (after == batch.images).flatten(1).all(1)
    assert (flipped ^ kept).all()
    assert 140 < flipped.sum() < 260  # six standard deviations around one half
    assert torch.equal(apply(horizontal_flip, batch, probability=1.0).images, batch.images.flip(3))


@pytest.mark.parametrize("epoch", [1, 2, 5])
def test_alternating_flips_mirror_in_every_second_epoch_what_they_did_not_in_the_other(epoch: int) -> None:
    batch = a_batch(count=400, height=4, width=4)
    flip = horizontal_flip.build(horizontal_flip.Options(alternating=True))
    first, second = (
        flip(batch, Context(torch.arange(400) + 7, number, "train", torch.Generator().manual_seed(number))).images
        for number in (epoch, epoch + 1)
    )
    assert torch.equal(second, first.flip(3))
    flipped = (first == batch.images.flip(3)).flatten(1).all(1)
    assert 140 < flipped.sum() < 260 and ((first == batch.images).flatten(1).all(1) ^ flipped).all()
    pairs = flipped[:-1] == flipped[1:]
    assert 130 < pairs.sum() < 270  # neighbours in the data set, often of one class, are mirrored independently


def test_alternating_flips_begin_otherwise_under_another_seed() -> None:
    """Else all runs of a group of seeds would see the same half mirrored first."""
    indices = torch.arange(400)
    zero, one, large = (horizontal_flip.coin(indices, seed) for seed in (0, 1, 2**31 - 1))
    for first, second in ((zero, one), (zero, large), (one, large)):
        assert 140 < (first == second).sum() < 260
    batch = a_batch(count=400, height=4, width=4)
    flip = horizontal_flip.build(horizontal_flip.Options(alternating=True))
    seen = [flip(batch, Context(indices, 1, "train", torch.Generator(), seed=seed)).images for seed in (0, 1)]
    assert not torch.equal(*seen)


def test_alternating_flips_with_another_probability_are_refused() -> None:
    with pytest.raises(ValueError, match=r"probability 0\.3 does not fit alternating flips"):
        horizontal_flip.Options(alternating=True, probability=0.3)
