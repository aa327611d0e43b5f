"""Image folder: your own images, one folder per class, named after the class.

The folder may hold the classes themselves, and part of the images becomes the test set; or it holds train/ and test/
(or val/), by any of their usual names, with the classes inside. Mean and deviation are those of ImageNet, as usual for
photographs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

import torch
from pydantic import Field

from engine.datasets._class_folders import count_classes, root_of, to_test_with
from engine.datasets._dataset import Dataset, MemorySplit, ranks, select
from engine.datasets._files import Files, flatten, list_classes, open_split
from engine.datasets._layout import Layout, layout_of
from engine.datasets._normalisation import chosen, decided
from engine.datasets._walk import folders_in
from engine.messages.faults import Fault, Remark
from engine.options import DatasetOptions

MEAN = {3: [0.485, 0.456, 0.406], 1: [0.449]}
STD = {3: [0.229, 0.224, 0.225], 1: [0.226]}  # grey: the means over the colours


class Options(DatasetOptions):
    path: str = Field(
        "",
        description="Folder with your images. Relative paths start at the data folder.",
    )
    image_size: int = Field(
        64,
        ge=8,
        le=1024,
        description="Side of the square that each image is cropped and resized to. Larger shows finer detail; twice "
        "the side takes four times the time and memory.",
        json_schema_extra={"unit": "pixels"},
    )
    channels: Literal[1, 3] = Field(3, description="3 keeps colours, 1 converts all images to greyscale.")
    test_fraction: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="Share of each class used as test set if there is no folder test/ or val/. Larger measures "
        "accuracy more precisely but leaves less to train on.",
    )
    storage: Literal["auto", "memory", "files"] = Field(
        "auto",
        description="memory: decode all images once before training; files: decode them every epoch; auto: memory if "
        "they take less than 512 MB.",
    )

    _reading: int = 1  # _walk.READING: by which rule the folder is read

    def read_by(self, rule: int) -> Self:
        earlier = self.model_copy()
        earlier._reading = rule
        return earlier

    def faults(self, folder: Path, held_out: bool = False) -> list[Fault]:
        from engine.datasets import _class_folders  # here, as Options are read without the file's other imports

        return _class_folders.faults(self.path, folder, self.test_fraction, held_out, self._reading)

    def stamp(self, folder: Path) -> str:
        from engine.datasets import _class_folders, _folder_stamp

        return _folder_stamp.stamp(_class_folders.root_of(self.path, folder))

    def remarks(self, folder: Path) -> list[Remark]:
        from engine.datasets import _folder_remarks

        return _folder_remarks.remarks(self.path, folder, self.test_fraction)


def shape(options: Options, folder: Path) -> tuple[int, int, int]:
    """Channels, classes and image side, told without opening an image; classes are counted by their folders."""
    folders = count_classes(root_of(options.path, folder)) if options.path else 0
    return options.channels, len(options.classes) or max(2, folders), options.image_size


def about(options: Options, folder: Path) -> dict[str, Any]:
    """What a loaded data set would tell of its classes and images, told without opening an image."""
    root = root_of(options.path, folder)
    folders = folders_in(layout_of(root).train, root)
    classes = options.classes or [path.name for path in folders]
    mean, std = decided(chosen(options), (MEAN[options.channels], STD[options.channels]))
    return {"classes": classes, "image_size": options.image_size, "mean": mean, "std": std}


def labels(options: Options, folder: Path) -> Dataset:
    """The data set as it would be loaded, but with empty images: files are listed, and none is opened."""
    layout = layout_of(root_of(options.path, folder), options._reading)
    files = read_folders(layout, options.test_fraction, lambda line: None)
    train, test = (empty_split(flatten(of_classes)[1], options.channels) for of_classes in files)
    unknown = [0.5] * options.channels
    dataset = Dataset(train, test, list(files[0]), unknown, unknown, options.image_size, options.channels)
    return select(dataset, options)


def empty_split(targets: torch.Tensor, channels: int) -> MemorySplit:
    return MemorySplit(torch.zeros(len(targets), channels, 0, 0, dtype=torch.uint8), targets)


def load(options: Options, folder: Path, progress: Callable[[str], None]) -> Dataset:
    """The images under options.path. Raises ValueError listing all that is wrong with the folder."""
    root = root_of(options.path, folder)
    if causes := [fault.message for fault in options.faults(folder)]:
        raise ValueError(f"path {options.path!r}: " + "; ".join(causes))
    train, test = read_folders(layout_of(root, options._reading), options.test_fraction, progress)
    (train_paths, train_targets), (test_paths, test_targets) = flatten(train), flatten(test)
    everything = open_split(
        root,
        train_paths + test_paths,
        torch.cat([train_targets, test_targets]),
        options.image_size,
        options.channels,
        options.storage,
        progress,
    )
    dataset = Dataset(
        everything.subset(torch.arange(len(train_paths))),
        everything.subset(torch.arange(len(train_paths), len(everything))),
        list(train),
        MEAN[options.channels],
        STD[options.channels],
        options.image_size,
        options.channels,
    )
    return select(dataset, options)


def read_folders(layout: Layout, test_fraction: float, progress: Callable[[str], None]) -> tuple[Files, Files]:
    """The image files of each class, for training and for test."""
    train = list_classes(layout.train, layout.root, layout.suffixes, progress)
    if layout.test is None:
        return split_off(train, test_fraction)
    test = list_classes(layout.test, layout.root, layout.suffixes, progress)
    return train, {class_name: test[class_name] for class_name in train}


def split_off(files: Files, fraction: float) -> tuple[Files, Files]:
    """A fixed random fraction of each class as the test set; at least one image, and not all."""
    train: Files = {}
    test: Files = {}
    for name, paths in files.items():
        count = to_test_with(len(paths), fraction)
        places = ranks(torch.zeros(len(paths), dtype=torch.int64)).tolist()
        train[name] = [path for path, place in zip(paths, places, strict=True) if place >= count]
        test[name] = [path for path, place in zip(paths, places, strict=True) if place < count]
    return train, test
