"""Digits: 1,797 small handwritten digits that come with scikit-learn; no download.

Alpaydin & Kaynak 1998, https://archive.ics.uci.edu/dataset/80 (its test part). Each class gives 36 images to the test
set of 360. The 8x8 pictures are doubled to 16x16, and their 17 grey levels spread over 0 to 255.
"""

from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

from engine.datasets._dataset import Dataset, MemorySplit, ranks, select
from engine.options import DatasetOptions

TEST_IMAGES_PER_CLASS = 36


class Options(DatasetOptions):
    pass


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without loading anything."""
    return 1, len(options.classes) or 10, 16


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """The digits as grey 16x16 images; `folder` is not needed."""
    digits = load_digits()
    small = torch.from_numpy(digits.images).float()[:, None] * (255 / 16)
    images = F.interpolate(small, scale_factor=2, mode="bilinear").round().to(torch.uint8)
    targets = torch.from_numpy(digits.target).long()
    everything = MemorySplit(images, targets)
    in_test = ranks(targets) < TEST_IMAGES_PER_CLASS
    train = everything.subset(torch.nonzero(~in_test).flatten())
    test = everything.subset(torch.nonzero(in_test).flatten())
    pixels = train.pixels / 255
    classes = [str(number) for number in range(10)]
    return select(
        Dataset(train, test, classes, [float(pixels.mean())], [float(pixels.std())], image_size=16, channels=1), options
    )
