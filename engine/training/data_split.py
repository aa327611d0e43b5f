"""A config's data set, divided into images to train on and images to validate with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine import catalog
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset, Split
from engine.training import batches


@dataclass
class Data:
    """What a training sees: the whole data set and how it is divided.

    evaluated_on: "validation" (held out of the training set; test is scored once at the end) or "test".
    """

    dataset: Dataset
    train: Split
    validation: Split
    evaluated_on: str

    def about(self) -> dict:
        """What is remembered of the data beside a run, so that a model can be used without them."""
        dataset = self.dataset
        return {
            "classes": dataset.classes, "image_size": dataset.image_size, "channels": dataset.channels,
            "mean": list(dataset.mean), "std": list(dataset.std), "train": len(self.train),
            "validation": len(self.validation), "test": len(dataset.test),
        }  # fmt: skip


def load_data(config: RunConfig, folder: Path, progress: Callable[[str], None] = lambda line: None) -> Data:
    """Load the config's data set from `folder` (downloading where it must) and split it.

    Raises ValueError that names the field and what to do, where the split leaves a part or a stage without images.
    """
    name, options = config.part("data")
    return divide(config, catalog.load("datasets", name).load(options, folder, progress))


def divide(config: RunConfig, dataset: Dataset) -> Data:
    """The data set with its split into training and validation. Raises ValueError as load_data does."""
    if config.validation == "test":
        data = Data(dataset, dataset.train, dataset.test, "test")
    else:
        train, held_out = split(config, dataset.train.targets)
        if not len(held_out) or not len(train):
            raise ValueError(
                f"validation: {config.validation} of {len(dataset.train)} training images leaves nothing to "
                f"{'validate' if len(train) else 'train'} on; choose another fraction, or `test`"
            )
        data = Data(dataset, dataset.train.subset(train), dataset.train.subset(held_out), "validation")
    batches.check_shares(len(data.train), config.stages)
    return data


def training_images(config: RunConfig, dataset: Dataset) -> int:
    """How many images are left to train on once the validation images are held out."""
    count = len(dataset.train)
    return count if config.validation == "test" else len(split(config, dataset.train.targets)[0])


def split(config: RunConfig, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out) of the training set; a plan without labels does not look at them here either."""
    assert config.validation != "test", "the test images are held out already"
    classes = torch.zeros_like(targets) if config.is_label_free else targets
    return stratified(classes, config.validation, config.seed)


def stratified(targets: Tensor, fraction: float, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out), both sorted: the same fraction of every class, drawn by `seed`."""
    generator = torch.Generator().manual_seed(seed)
    kept, held_out = [], []
    for label in targets.unique():
        members = (targets == label).nonzero().flatten()
        members = members[torch.randperm(len(members), generator=generator)]
        count = round(len(members) * fraction)
        held_out.append(members[:count])
        kept.append(members[count:])
    return torch.cat(kept).sort().values, torch.cat(held_out).sort().values
