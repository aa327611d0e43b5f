"""KMNIST: 70,000 handwritten Japanese characters in ten classes. Clanuwat et al. 2018, https://arxiv.org/abs/1812.01718

Harder than MNIST, in the same format. Downloads 21 MB once.
"""

from collections.abc import Callable
from pathlib import Path

from torchvision import datasets

from engine.datasets._dataset import Dataset, select
from engine.datasets._torchvision import load_splits
from engine.options import DatasetOptions


class Options(DatasetOptions):
    pass


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without loading anything."""
    return 1, len(options.classes) or 10, 28


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """60,000 training and 10,000 test images, grey, 28x28."""
    train, test, classes = load_splits(datasets.KMNIST, folder, progress, size="21 MB")
    return select(Dataset(train, test, classes, mean=[0.1904], std=[0.3475], image_size=28, channels=1), options)
