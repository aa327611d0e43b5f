"""Fashion-MNIST: 70,000 images of clothing in ten classes. Xiao et al. 2017, https://arxiv.org/abs/1708.07747

Read from Debian's package dataset-fashion-mnist where that is installed; otherwise 31 MB are downloaded once.
"""

from collections.abc import Callable
from pathlib import Path

from torchvision import datasets

from engine.datasets import _fashion
from engine.datasets._dataset import Dataset, MemorySplit, select
from engine.datasets._idx import read_idx
from engine.datasets._torchvision import load_splits
from engine.options import DatasetOptions

DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist"


class Options(DatasetOptions):
    pass


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without loading anything."""
    return 1, len(options.classes) or 10, 28


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """60,000 training and 10,000 test images, grey, 28x28."""
    debian = Path(DEBIAN_FOLDER)
    if debian.is_dir():
        train, test = read_split(debian, "train"), read_split(debian, "t10k")
    else:
        train, test, _ = load_splits(datasets.FashionMNIST, folder, progress, size="31 MB")
    return select(
        Dataset(train, test, _fashion.CLASSES, _fashion.MEAN, _fashion.STD, image_size=28, channels=1), options
    )


def read_split(folder: Path, prefix: str) -> MemorySplit:
    images = read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
    return MemorySplit(images[:, None], read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz"))
