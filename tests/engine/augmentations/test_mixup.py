"""Images and labels are blended by the same share, the larger one its own."""

import pytest
import torch

from engine.augmentations import mixup
from engine.augmentations._beta import beta
from tests.engine.augmentations.applying import apply
from tests.engine.augmentations.marked import marked


def test_mixup_blends_images_and_labels_by_the_same_share() -> None:
    """Images that carry their own label in their pixels stay equal to the blended label."""
    batch = marked(2, 2)
    after = apply(mixup, batch)
    assert torch.equal(after.images, after.targets[:, :, None, None].expand(16, 16, 2, 2))
    assert (after.targets.argmax(1) == torch.arange(16)).all()  # the larger part stays


def test_mixup_keeps_the_larger_share() -> None:
    generator, same = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    for _ in range(200):
        share = float(beta(0.5, same))
        assert float(mixup.larger_share(0.5, generator)) == pytest.approx(max(share, 1 - share))
