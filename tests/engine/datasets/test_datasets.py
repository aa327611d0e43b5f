"""Data sets have the sizes they claim, can be reduced evenly, and show every picture upright, centred and whole."""

import pytest
import torch

from engine.datasets import clothing, digits
from tests.engine.datasets.painted import NOWHERE, silent


@pytest.mark.parametrize(
    ("part", "size", "train", "test"), [(digits, 16, 1437, [36] * 10), (clothing, 28, 5000, [100] * 10)]
)
def test_data_sets_inside_the_house_have_the_size_and_balance_they_claim(part, size, train, test) -> None:
    dataset = part.load(part.Options(), NOWHERE, silent)
    assert (len(dataset.train), dataset.image_size, dataset.channels) == (train, size, 1)
    assert dataset.test.targets.bincount().tolist() == test
    assert dataset.train.targets.bincount().min() >= 0.09 * train
    images = dataset.train.images(torch.arange(len(dataset.train)))
    assert images.dtype == torch.uint8 and images.shape == (train, 1, size, size)
    assert (images.min(), images.max()) == (0, 255)
    pixels = images / 255
    assert pixels.mean().item() == pytest.approx(dataset.mean[0], abs=0.002)
    assert pixels.std().item() == pytest.approx(dataset.std[0], abs=0.002)
    assert len(dataset.classes) == 10 and not NOWHERE.exists()


@pytest.mark.parametrize("part", [digits, clothing])
def test_no_test_image_is_a_training_image(part) -> None:
    dataset = part.load(part.Options(), NOWHERE, silent)
    train = {image.numpy().tobytes() for image in dataset.train.images(torch.arange(len(dataset.train)))}
    test = {image.numpy().tobytes() for image in dataset.test.images(torch.arange(len(dataset.test)))}
    assert not train & test and len(test) > 350
