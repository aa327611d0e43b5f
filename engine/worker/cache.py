"""What the worker keeps at hand between jobs: the data set and the model that were used last."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch

from engine import catalog
from engine.config.config_drift import with_moved_data
from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset, MemorySplit
from engine.datasets._walk import READING
from engine.messages.coded_error import CodedError
from engine.models._model import Model
from engine.options import DatasetOptions
from engine.runs.checkpoint_folder import CheckpointFolder
from engine.runs.run_folder import RunFolder
from engine.training import checkpoint, data_record, data_split
from engine.training.build_model import build_model

Progress = Callable[[float, str], None]  # progress from 0 to 1, and what is being done


class Trained(NamedTuple):
    """A run's model with the weights of a checkpoint, and how pictures are prepared for it."""

    model: Model
    dataset: Dataset  # without images


class Cache:
    """data: where data sets live. runs: where runs are kept."""

    def __init__(self, data: Path, runs: Path):
        self.data, self.runs = data, runs
        self._dataset: tuple[tuple[str, int, str], Dataset] | None = None
        self._trained: tuple[tuple[str, ...], Trained] | None = None

    def dataset(self, config: RunConfig, reading: int = READING) -> Dataset:
        """The config's data set, read by a rule. Raises ValueError if it would have to be downloaded."""
        name, part = config.part("data")
        options = cast(DatasetOptions, part).read_by(reading)
        key = (repr(config.data), reading, self._stamp(options))
        if self._dataset is None or self._dataset[0] != key:
            self._dataset = None  # so that two never take memory at a time
            self._dataset = key, catalog.load("datasets", name).load(options, self.data, self._refuse_download)
        return self._dataset[1]

    def dataset_of(self, folder: RunFolder, config: RunConfig) -> Dataset:
        """The data set of a run. Raises CodedError where its classes are others than the run's model learned."""
        dataset = self.dataset(config, data_record.reading(folder))
        data_record.refuse_other_classes(folder, dataset.classes)
        return dataset

    def about(self, config: RunConfig) -> dict[str, Any]:
        """classes, mean, std and image_size of the config's data, without its images where the data set can tell;
        nothing where it would have to be downloaded or cannot be read."""
        name, options = config.part("data")
        part = catalog.load("datasets", name)
        with suppress(ValueError, OSError):
            if hasattr(part, "about"):
                return part.about(options, self.data)
            found = self.dataset(config)
            return {name: getattr(found, name) for name in ("classes", "mean", "std", "image_size")}
        return {}

    def training_images(self, config: RunConfig) -> int | None:
        """How many images the config trains on, told without opening them where the data set can; None where it would
        have to be downloaded or cannot be read."""
        name, options = config.part("data")
        part = catalog.load("datasets", name)
        with suppress(ValueError, OSError):
            labels = part.labels(options, self.data) if hasattr(part, "labels") else self.dataset(config)
            return data_split.training_images(config, labels)
        return None

    def trained(self, folder: RunFolder, saved: CheckpointFolder, config: RunConfig) -> Trained:
        """The model of a run as it was at a checkpoint. Raises ValueError where run or checkpoint is damaged."""
        dataset = shape_of_data(folder)
        about = (dataset.classes, dataset.mean, dataset.std, dataset.image_size, dataset.channels)
        weights_sum = str(saved.about().get("sha256", {}).get(saved.weights_file.name))
        key = (str(folder.path), weights_sum, repr(config), repr(about))
        if self._trained is None or self._trained[0] != key:
            self._trained = None
            weights = checkpoint.load_weights(saved)
            model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
            model.load_state_dict(weights)
            self._trained = key, Trained(model.eval(), dataset)
        return self._trained[1]

    def _stamp(self, options: DatasetOptions) -> str:
        """Of the data as they are now; where they cannot be read, loading says why."""
        try:
            return options.stamp(self.data)
        except OSError:
            return ""

    def _refuse_download(self, line: str) -> None:
        """Data sets tell that they download before they do; here nobody waits that long."""
        if line.startswith("downloading"):
            raise CodedError("not_downloaded")


def config_of(folder: RunFolder) -> RunConfig:
    return resolve(with_moved_data(folder.config(), folder.written_config()))


def shape_of_data(folder: RunFolder) -> Dataset:
    """A run's data set without its images, from what the run remembers: classes, size, mean and deviation."""
    about = folder.environment().get("data") or {}
    names = ("classes", "mean", "std", "image_size", "channels")
    if not all(about.get(name) for name in names):
        raise CodedError("data_unknown", run=folder.id)
    nothing = MemorySplit(torch.zeros(0, about["channels"], 1, 1, dtype=torch.uint8), torch.zeros(0))
    return Dataset(nothing, nothing, *(about[name] for name in names))
