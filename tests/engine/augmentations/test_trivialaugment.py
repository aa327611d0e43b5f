"""TrivialAugment is torchvision's."""

import torch
from torchvision.transforms import v2

from engine.augmentations import trivialaugment
from tests.engine.augmentations.as_pictures import augmented, one_by_one, pictures


def test_trivialaugment_is_torchvisions() -> None:
    images = pictures()
    assert torch.equal(augmented(trivialaugment, images), one_by_one(images, v2.TrivialAugmentWide(), seed=0))
