"""Clothing: 6,000 images of Fashion-MNIST that come with Thaw; no download.

Han Xiao et al., Zalando Research 2017, https://arxiv.org/abs/1708.07747, MIT licence. 500 training and 100 test images
of each of the ten classes; how they were chosen is told beside them in clothing_images/README.md.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from engine.datasets import _fashion
from engine.datasets._dataset import Dataset, MemorySplit, select
from engine.options import DatasetOptions


class Options(DatasetOptions):
    pass


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without loading anything."""
    return 1, len(options.classes) or 10, 28


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """The images as grey 28x28 images; `folder` is not needed."""
    sheets = Path(__file__).parent / "clothing_images"
    train, test = read_sheet(sheets / "train.png"), read_sheet(sheets / "test.png")
    return select(
        Dataset(train, test, _fashion.CLASSES, _fashion.MEAN, _fashion.STD, image_size=28, channels=1), options
    )


def read_sheet(path: Path) -> MemorySplit:
    """The images of one sheet: rows of 28x28 pictures, as many of each class, class after class."""
    with Image.open(path) as sheet:
        pixels = np.array(sheet)
    rows, columns = pixels.shape[0] // 28, pixels.shape[1] // 28
    images = pixels.reshape(rows, 28, columns, 28).transpose(0, 2, 1, 3).reshape(rows * columns, 1, 28, 28)
    targets = torch.arange(10).repeat_interleave(len(images) // 10)
    return MemorySplit(torch.from_numpy(images), targets)
