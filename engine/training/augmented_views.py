"""From loaded images to what the network trains on: float, augmented, normalised, with soft targets."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from engine import catalog
from engine.augmentations._batch import Augmentation, Batch, Context
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset
from engine.device.precision import layout
from engine.evaluation import normalisation
from engine.training.batches import seed_of


class View(NamedTuple):
    """A batch as an objective sees it: a Batch, and the numbers of its images in the training set, (B,)."""

    images: Tensor
    targets: Tensor
    indices: Tensor

    def pieces(self, count: int) -> "list[View]":
        """The batch cut into so many pieces, in order."""
        return [View(*parts) for parts in zip(*(part.chunk(count) for part in self), strict=True)]


class Pipeline:
    """The config's augmentations in their order, around normalisation, on whole batches on the device."""

    def __init__(self, config: RunConfig, dataset: Dataset, device: torch.device):
        self.dataset, self.device = dataset, device
        self.generator, self.layout = torch.Generator(device), layout(config)
        self.seed_of_run = config.seed
        self.before: list[Augmentation] = []
        self.after: list[Augmentation] = []
        for name, options in config.augmentation_parts():
            part = catalog.load("augmentations", name)
            (self.after if part.AFTER_NORMALIZATION else self.before).append(part.build(options))

    def seed(self, seed: int, iteration: int) -> None:
        """Let all randomness of an iteration follow from its number: augmentations, and dropout in the model."""
        self.seed_of_run = seed
        self.generator.manual_seed(seed_of(seed, iteration, purpose=2))
        rest = seed_of(seed, iteration, purpose=3)
        torch.default_generator.manual_seed(rest)  # torch.manual_seed does the same, and takes 0.2 ms
        if self.device.type != "cpu":
            module = torch.get_device_module(self.device)
            getattr(module, "manual_seed_all", module.manual_seed)(rest)  # of all cards, where there may be several

    def __call__(self, indices: Tensor, images: Tensor, targets: Tensor, epoch: int, view: str = "train") -> View:
        """uint8 images (B, C, H, W) and class numbers (B,) to a View: float images and targets (B, K).

        The view `weak` is not augmented: images as they are when the model is evaluated.
        """
        context = Context(indices, epoch, view, self.generator, self.dataset.mean, self.seed_of_run)
        soft = F.one_hot(targets.to(self.device), len(self.dataset.classes)).float()
        batch = Batch(normalisation.to_float(images, self.device), soft)
        for augment in [] if view == "weak" else self.before:
            batch = augment(batch, context)
        batch = batch._replace(images=normalisation.normalise(batch.images, self.dataset))
        for augment in [] if view == "weak" else self.after:
            batch = augment(batch, context)
        return View(batch.images.contiguous(memory_format=self.layout), batch.targets, indices.to(self.device))
