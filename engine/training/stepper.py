"""One step of a stage, the same for a training, its rehearsal and trial steps: views, losses, gradients, update."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset
from engine.device.precision import DTYPES, keep_norms_from_overflow, layout, to_pure_fp16
from engine.models._model import Model
from engine.objectives._objective import Losses, mean
from engine.stages.plan import Position
from engine.stages.stage_setup import StageSetup
from engine.training.augmented_views import Pipeline, View
from engine.training.update import Updater

Images = tuple[Tensor, Tensor, Tensor]  # their numbers (B,), the uint8 images (B, C, H, W) and targets (B,)


class Stepper:
    """Takes steps with one model, which moves to the device."""

    def __init__(self, config: RunConfig, dataset: Dataset, model: Model, device: torch.device):
        self.config, self.device = config, device
        self.model = model.to(device).to(memory_format=layout(config))
        if config.precision == "pure_fp16":
            to_pure_fp16(self.model)
        if config.precision == "fp16":
            keep_norms_from_overflow(self.model)
        self.augment = Pipeline(config, dataset, device)
        self.updater = Updater(config, device)

    def step(self, setup: StageSetup, position: Position, images: Images) -> tuple[Losses, Tensor, dict[str, Tensor]]:
        """One update of the weights; the mean losses, the soft targets, and what is recorded of the gradients."""
        setup.optimizer.zero_grad(set_to_none=True)
        setup.objective.step_begin(self.model)
        losses, soft_targets = self.backward(setup, position, images)
        return losses, soft_targets, self.updater.step(setup.optimizer, losses.total)

    def backward(self, setup: StageSetup, position: Position, images: Images) -> tuple[Losses, Tensor]:
        """Leave the mean gradient of all images, batch by batch and each in pieces; their losses and soft targets."""
        done, dtype, size = [], DTYPES[self.config.precision], self.config.batch_size
        for number, batch in enumerate(zip(*(tensor.split(size) for tensor in images), strict=True)):
            views = [self.view(name, position, batch, number) for name in setup.objective.views]
            for piece in zip(*(view.pieces(self.config.subdivisions) for view in views), strict=True):
                with torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
                    losses = setup.objective.losses(self.model, *piece)
                share = len(piece[0].targets) / len(images[0])
                self.updater.scaled(share * losses.total).backward()
                done.append((share, losses.detached(), piece[-1].targets))
        return mean([(share, losses) for share, losses, _ in done]), torch.cat([soft for _, _, soft in done])

    def view(self, name: str, position: Position, batch: Images, number: int = 0) -> View:
        """One view of batch `number` of an iteration; all its views begin from the same random numbers."""
        self.augment.seed(self.config.seed, position.iteration * self.config.accumulate + number)
        return self.augment(*batch, position.epoch, name)

    def sweep(self, name: str, position: Position, batches: Iterable[Images]) -> Iterator[View]:
        """All batches once, each in one view."""
        self.model.eval()
        return (self.view(name, position, batch) for batch in batches)
