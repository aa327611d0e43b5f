"""What every data set gives: images with labels, in memory or decoded on demand, split into training and test."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from engine.datasets import _normalisation, _overwritten
from engine.datasets._conversion import NoRule
from engine.datasets._normalisation import Normalisation
from engine.datasets._open_pictures import DAMAGED, MOST_PIXELS, TooLarge, opened
from engine.datasets._prepare import Box, prepare
from engine.options import DatasetOptions


class Source(NamedTuple):
    """The file that an image comes from: its name below the folder of the data, and its bytes."""

    name: str
    size: int


class Split:
    """Images with labels. targets: int64 (N,), the class number of each image; sources: their files, if they have."""

    in_memory: bool
    targets: Tensor
    sources: list[Source] | None = None

    def sources_of(self, indices: Tensor) -> list[Source] | None:
        return None if self.sources is None else [self.sources[index] for index in indices.tolist()]

    def __len__(self) -> int:
        return len(self.targets)

    def images(self, indices: Tensor) -> Tensor:
        """The images at indices (B,), int64 and perhaps none, as uint8 (B, C, H, W)."""
        raise NotImplementedError

    def subset(self, indices: Tensor) -> "Split":
        """The images at indices (M,), in that order, as a split of their own."""
        raise NotImplementedError

    def to(self, device: torch.device) -> "Split":
        """The split with its pixels on the device, where they are held in memory."""
        return self


class MemorySplit(Split):
    """All images as one uint8 tensor (N, C, H, W)."""

    in_memory = True

    def __init__(self, images: Tensor, targets: Tensor, sources: list[Source] | None = None) -> None:
        assert images.dtype == torch.uint8 and images.ndim == 4 and len(images) == len(targets), images.shape
        self.pixels = images
        self.targets = targets.long()
        self.sources = sources

    def images(self, indices: Tensor) -> Tensor:
        return self.pixels[indices]

    def subset(self, indices: Tensor) -> "MemorySplit":
        return MemorySplit(self.pixels[indices], self.targets[indices], self.sources_of(indices))

    def to(self, device: torch.device) -> "MemorySplit":
        return MemorySplit(self.pixels.to(device), self.targets, self.sources)


class FileSplit(Split):
    """Image files that are decoded each time they are asked for."""

    in_memory = False

    def __init__(
        self,
        paths: Sequence[Path],
        targets: Tensor,
        image_size: int,
        channels: int,
        sources: list[Source] | None = None,
    ) -> None:
        assert len(paths) == len(targets), (len(paths), len(targets))
        self.paths = list(paths)
        self.sources = sources
        self.targets = targets.long()
        self.image_size = image_size
        self.channels = channels

    def images(self, indices: Tensor) -> Tensor:
        """The images at indices (B,), as uint8 (B, C, H, W). Raises ValueError, naming the file, if one is damaged."""
        images = torch.empty(len(indices), self.channels, self.image_size, self.image_size, dtype=torch.uint8)
        for place, index in enumerate(indices.tolist()):
            images[place] = decode(self.paths[index], self.image_size, self.channels)
        return images

    def subset(self, indices: Tensor) -> "FileSplit":
        paths = [self.paths[index] for index in indices.tolist()]
        return FileSplit(paths, self.targets[indices], self.image_size, self.channels, self.sources_of(indices))


def decode(path: Path, image_size: int, channels: int) -> Tensor:
    """The image in a file as uint8 (C, H, W). Raises ValueError, naming the file, if it is damaged or too large."""
    try:
        with opened(path) as image:
            _overwritten.refuse(path, image)
            return prepare(image, image_size, channels)[0]
    except DAMAGED as error:
        raise ValueError(unreadable(path, error)) from error


OR_WITHOUT = "under the same name, or remove it and start a new run"  # as no run resumes with fewer images to train on


def unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and not path.exists():
        return f"{path} is gone: the data was moved, deleted or unmounted; bring it back, then go on"
    if isinstance(error, NoRule):
        return f"{path} has {error}; save it with 8 or 16 bits a channel {OR_WITHOUT}"
    if isinstance(error, TooLarge):
        most = f"{MOST_PIXELS // 10**6} million"
        return f"{path} has {error} pixels, and at most {most} are decoded; make it smaller {OR_WITHOUT}"
    return f"{path} cannot be read as an image ({error}); replace it {OR_WITHOUT}"


@dataclass
class Dataset:
    """A training and a test set of one shape. mean and std: of each channel, of images in [0, 1];
    normalisation_chosen: those of them that somebody chose, so that no model brings its own."""

    train: Split
    test: Split
    classes: list[str]
    mean: list[float]
    std: list[float]
    image_size: int
    channels: int
    normalisation_chosen: Normalisation = ([], [])

    def prepare(self, image: Image.Image) -> tuple[Tensor, Box]:
        """What a network trained on this data set sees of a picture: uint8 (C, H, W), and the box that was kept.

        The box (left, top, right, bottom) counts in pixels of the upright picture.
        """
        return prepare(image, self.image_size, self.channels)


def select(dataset: Dataset, options: DatasetOptions) -> Dataset:
    """The data set with the chosen classes only, in their order, at most `limit` training images, and the chosen mean
    and deviation."""
    dataset = with_normalisation(dataset, options)
    if options.classes:
        numbers = class_numbers(options.classes, dataset.classes)
        new_number = torch.full((len(dataset.classes),), -1)  # -1: class not kept
        new_number[numbers] = torch.arange(len(numbers))
        train, test = renumber(dataset.train, new_number), renumber(dataset.test, new_number)
        dataset = replace(dataset, train=train, test=test, classes=list(options.classes))
    if options.limit is not None and options.limit < len(dataset.train):
        if options.limit < len(dataset.classes):
            raise ValueError(
                f"limit {options.limit} is too small: at least one image for each of the "
                f"{len(dataset.classes)} classes is needed"
            )
        targets = dataset.train.targets
        in_turns = ranks(targets) * len(dataset.classes) + targets  # the first of each class, the second of each ...
        order = torch.argsort(in_turns)
        dataset = replace(dataset, train=dataset.train.subset(order[: options.limit].sort().values))
    return dataset


def with_normalisation(dataset: Dataset, options: DatasetOptions) -> Dataset:
    """Raises ValueError where a chosen mean or deviation is of other channels."""
    chosen = _normalisation.chosen(options)
    if not any(chosen):
        return dataset
    if faults := _normalisation.channel_faults(options, dataset.channels):
        raise ValueError(str(faults[0]))
    mean, std = _normalisation.decided(chosen, (dataset.mean, dataset.std))
    return replace(dataset, mean=mean, std=std, normalisation_chosen=chosen)


def class_numbers(chosen: list[str], known: list[str]) -> list[int]:
    """The numbers of the chosen classes. Raises ValueError for names that are unknown or twice, and for only one."""
    for name in chosen:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ValueError(f"classes: {name!r} is unknown; {hint}known: {', '.join(known)}")
    if len(set(chosen)) < len(chosen):
        twice = next(name for name in chosen if chosen.count(name) > 1)
        raise ValueError(f"classes: {twice!r} is listed twice")
    if len(chosen) == 1:
        raise ValueError(f"classes: {chosen[0]!r} alone leaves nothing to tell apart; choose at least two")
    return [known.index(name) for name in chosen]


def renumber(split: Split, new_number: Tensor) -> Split:
    """The images whose class has a new number (K,), in their old order; -1 leaves a class out."""
    targets = new_number[split.targets]
    kept = torch.nonzero(targets >= 0).flatten()
    split = split.subset(kept)
    split.targets = targets[kept]
    return split


def ranks(targets: Tensor, seed: int = 0) -> Tensor:
    """The place (from 0) of each image in a shuffled order of its own class, the same every time: int64 (N,)."""
    shuffled = torch.randperm(len(targets), generator=torch.Generator().manual_seed(seed))
    places = torch.empty_like(targets)
    for number in targets.unique():
        members = shuffled[targets[shuffled] == number]
        places[members] = torch.arange(len(members))
    return places
