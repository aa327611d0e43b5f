"""AutoAugment is torchvision's."""

import pytest
import torch
from torchvision.transforms import v2

from engine.augmentations import autoaugment
from tests.engine.augmentations.as_pictures import augmented, one_by_one, pictures


@pytest.mark.parametrize("policy", ["cifar10", "imagenet", "svhn"])
def test_autoaugment_is_torchvisions(policy: str) -> None:
    images, theirs = pictures(), v2.AutoAugment(v2.AutoAugmentPolicy(policy))
    assert torch.equal(augmented(autoaugment, images, policy=policy), one_by_one(images, theirs, seed=0))
