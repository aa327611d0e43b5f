"""A config's data set, divided into images to train on and images to validate with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from engine import catalog
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset, Split
from engine.datasets._walk import READING
from engine.messages.coded_error import CodedError
from engine.messages.listed import listed
from engine.options import DatasetOptions
from engine.training import batches


@dataclass
class Data:
    """What a training sees: the whole data set and how it is divided.

    evaluated_on: "validation" (held out of the training set; test is scored once at the end) or "test".
    fewest_held_out: how many images of each class `validation` has at least, however small the fraction.
    """

    dataset: Dataset
    train: Split
    validation: Split
    evaluated_on: str
    fewest_held_out: int = 1

    def about(self) -> dict:
        """What is remembered of the data beside a run, so that a model can be used without them."""
        dataset = self.dataset
        return {
            "classes": dataset.classes, "image_size": dataset.image_size, "channels": dataset.channels,
            "mean": list(dataset.mean), "std": list(dataset.std), "train": len(self.train),
            "validation": len(self.validation), "test": len(dataset.test),
        }  # fmt: skip


def load_data(
    config: RunConfig,
    folder: Path,
    progress: Callable[[str], None] = lambda line: None,
    fewest_held_out: int = 1,
    reading: int = READING,
) -> Data:
    """Load the config's data set from `folder` (downloading where it must) and split it.

    Raises ValueError that names the field and what to do, where the split leaves a class, a part or a stage without
    images. fewest_held_out, reading: 0 for runs of before there were such rules.
    """
    return divide(config, load_dataset(config, folder, progress, reading), fewest_held_out)


def load_dataset(
    config: RunConfig,
    folder: Path,
    progress: Callable[[str], None] = lambda line: None,
    reading: int = READING,
) -> Dataset:
    """The same data set before it is divided."""
    name, options = config.part("data")
    dataset: Dataset = catalog.load("datasets", name).load(
        cast(DatasetOptions, options).read_by(reading), folder, progress
    )
    return dataset


def divide(config: RunConfig, dataset: Dataset, fewest_held_out: int = 1) -> Data:
    """The data set with its split into training and validation. Raises ValueError as load_data does."""
    if config.validation == "test":
        data = Data(dataset, dataset.train, dataset.test, "test")
    else:
        if fewest_held_out and not config.is_label_free:
            refuse_single_images(config, dataset)
        train, held_out = split(config, dataset.train.targets, fewest_held_out)
        if not len(held_out) or not len(train):
            raise ValueError(
                f"validation: {config.validation} of {len(dataset.train)} training images leaves nothing to "
                f"{'validate' if len(train) else 'train'} on; choose another fraction, or `test`"
            )
        train_split, held_out_split = dataset.train.subset(train), dataset.train.subset(held_out)
        data = Data(dataset, train_split, held_out_split, "validation", fewest_held_out)
    batches.check_shares(len(data.train), config.stages)
    return data


def refuse_single_images(config: RunConfig, dataset: Dataset) -> None:
    """Raise CodedError where a class has too few images for one to train on and one to validate with."""
    counts = dataset.train.targets.bincount(minlength=len(dataset.classes)).tolist()
    for name, count in zip(dataset.classes, counts, strict=True):
        if count < 2:
            raise CodedError("class_undivided", name=name, count=count, fraction=config.validation)


def unseen_classes(config: RunConfig, data: Data) -> Iterator[str]:
    """A sentence for each part of the data, and each stage that sees a share of it, without an image of a class."""
    everything = data.train.targets
    parts = {"training": everything, f"{data.evaluated_on}": data.validation.targets, "test": data.dataset.test.targets}
    for number, stage in enumerate(config.stages, start=1):
        if stage.images != [0.0, 1.0]:
            parts[f"stage {number}"] = everything[batches.share(len(everything), stage.images, config.seed)]
    for part, targets in parts.items():
        counts = targets.bincount(minlength=len(data.dataset.classes)).tolist()
        if unseen := [name for name, count in zip(data.dataset.classes, counts, strict=True) if not count]:
            yield f"{part}: no image of {listed(unseen)} ({len(unseen)} of {len(counts)} classes)"


def training_images(config: RunConfig, dataset: Dataset) -> int:
    """How many images are left to train on once the validation images are held out."""
    count = len(dataset.train)
    return count if config.validation == "test" else len(split(config, dataset.train.targets)[0])


def split(config: RunConfig, targets: Tensor, fewest: int = 1) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out) of the training set; a plan without labels does not look at them here either."""
    assert config.validation != "test", "the test images are held out already"
    classes = torch.zeros_like(targets) if config.is_label_free else targets
    return stratified(classes, config.validation, config.seed, fewest)


def stratified(targets: Tensor, fraction: float, seed: int, fewest: int = 1) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out), both sorted: the same fraction of every class, drawn by `seed`.

    fewest: how many of a class are held out at least, and kept at least, as far as it has so many.
    """
    generator = torch.Generator().manual_seed(seed)
    kept, held_out = [], []
    for label in targets.unique():
        members = (targets == label).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        count = min(max(round(len(members) * fraction), fewest), len(members) - fewest)
        held_out.append(members[:count])
        kept.append(members[count:])
    return torch.cat(kept).sort().values, torch.cat(held_out).sort().values
