"""Changes of single pictures: grey ones, and random numbers that nobody else notices."""

import random

import numpy as np
import pytest
import torch

from engine.augmentations import autoaugment, randaugment, trivialaugment
from engine.augmentations._single_pictures import drawing_from
from tests.engine.augmentations.as_pictures import augmented, pictures


@pytest.mark.parametrize("part", [randaugment, trivialaugment, autoaugment])
def test_grey_images_are_changed_as_the_first_channel_of_grey_pictures(part) -> None:
    grey = pictures(channels=1)
    ours = augmented(part, grey)
    assert ours.shape == grey.shape and not torch.equal(ours, grey)
    assert torch.equal(ours, augmented(part, grey.expand(-1, 3, -1, -1))[:, :1])


def test_the_common_random_generators_go_on_as_if_nothing_had_been_drawn() -> None:
    random.seed(1), np.random.seed(2), torch.manual_seed(3)
    wanted = random.random(), np.random.rand(), torch.rand(()).item()
    random.seed(1), np.random.seed(2), torch.manual_seed(3)
    with drawing_from(torch.Generator().manual_seed(0)):
        random.random(), np.random.rand(9), torch.rand(5)
    assert (random.random(), np.random.rand(), torch.rand(()).item()) == wanted
