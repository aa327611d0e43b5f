"""CIFAR-100: 60,000 small colour photographs in a hundred classes. Krizhevsky 2009

https://www.cs.toronto.edu/~kriz/cifar.html. Downloads 169 MB once.
"""

from collections.abc import Callable
from pathlib import Path

from torchvision import datasets

from engine.datasets._dataset import Dataset, select
from engine.datasets._torchvision import load_splits
from engine.options import DatasetOptions

MEAN = [0.5071, 0.4865, 0.4409]
STD = [0.2673, 0.2564, 0.2762]


class Options(DatasetOptions):
    pass


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without loading anything."""
    return 3, len(options.classes) or 100, 32


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """50,000 training and 10,000 test images, RGB, 32x32."""
    train, test, classes = load_splits(datasets.CIFAR100, folder, progress, size="169 MB")
    return select(Dataset(train, test, classes, MEAN, STD, image_size=32, channels=3), options)
