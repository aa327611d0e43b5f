"""MNIST: 70,000 handwritten digits. LeCun et al. 1998, http://yann.lecun.com/exdb/mnist. Downloads 12 MB once."""

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
    train, test, _ = load_splits(datasets.MNIST, folder, progress, size="12 MB")
    classes = [str(number) for number in range(10)]
    return select(Dataset(train, test, classes, mean=[0.1307], std=[0.3081], image_size=28, channels=1), options)
