"""CIFAR-10: 60,000 small colour photographs in ten classes. Krizhevsky 2009,
https://www.cs.toronto.edu/~kriz/cifar.html

Downloads 170 MB once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field
from torchvision import datasets

from engine.datasets._dataset import Dataset, select
from engine.datasets._torchvision import load_splits
from engine.options import DatasetOptions

MEAN = [0.4914, 0.4822, 0.4465]
STD = {"pixels": [0.2470, 0.2435, 0.2616], "images": [0.2023, 0.1994, 0.2010]}


class Options(DatasetOptions):
    std: Literal["pixels", "images"] = Field(
        "pixels",
        description="Standard deviation for normalisation: over all pixels, or the mean of those within each image "
        "(also in wide use; the network then sees values a fifth larger).",
    )


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without loading anything."""
    return 3, len(options.classes) or 10, 32


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """50,000 training and 10,000 test images, RGB, 32x32."""
    train, test, classes = load_splits(datasets.CIFAR10, folder, progress, size="170 MB")
    return select(Dataset(train, test, classes, MEAN, STD[options.std], image_size=32, channels=3), options)
