"""Steps for trial: a stage of a config trains on images drawn at random, and nothing is kept of it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from engine import catalog
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset
from engine.models._model import Model
from engine.stages import freezing
from engine.training.pipeline import Pipeline, View
from engine.training.precision import DTYPES, layout, shorten
from engine.training.teachers import build_objective, find_teacher
from engine.training.update import Updater


class Trial:
    """Steps of one stage (from 0), as the trainer takes them, each with the rate it is told.

    start: the model's loaded weights, by name. runs: where a teacher may be found. The model moves to the device.
    """

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        model: Model,
        start: dict[str, Tensor],
        runs: Path,
        device: torch.device | None = None,
        stage: int = 0,
    ):
        self.config, self.split, self.taken = config, dataset.train, 0
        self.device = device = device or torch.device("cpu")
        self.stage = plan = config.stages[stage]
        self.model = model.to(device).to(memory_format=layout(config))
        if config.precision == "pure_fp16":
            shorten(self.model)
        start = {name: value.to(device) for name, value in start.items()}
        freezing.freeze(model, plan)
        self.objective = build_objective(
            plan.objective or config.objective, len(dataset.classes), start,
            partial(find_teacher, config, dataset, runs, device),
        )  # fmt: skip
        self.augment = Pipeline(config, dataset, device)
        self.objective.begin(model, len(self.split), self.sweep)
        freezing.train_mode(model, plan)
        rate, decay = config.optimizer["learning_rate"], config.optimizer["weight_decay"]
        groups = freezing.parameter_groups(model, plan, rate, decay, config.decay_on, self.objective.modules)
        name, options = config.part("optimizer")
        self.optimizer = catalog.load("optimizers", name).build(options, groups)
        self.updater = Updater(config, device)
        self.fastest = max(group["base_rate"] for group in groups)

    def view(self, name: str, numbers: Tensor) -> View:
        """One view of some images; all views of a step begin from the same random numbers."""
        self.augment.seed(self.config.seed, self.taken)
        return self.augment(numbers, self.split.images(numbers), self.split.targets[numbers], 1, name)

    def sweep(self, name: str) -> Iterator[View]:
        """Every image once, for objectives that want to see them all before they begin."""
        self.model.eval()
        return (self.view(name, numbers) for numbers in torch.arange(len(self.split)).split(self.config.batch_size))

    def step(self, rate: float) -> float:
        """The loss before an update with this rate for the fastest part; the others keep their ratio to it."""
        torch.manual_seed(self.config.seed + self.taken)
        numbers = torch.randint(len(self.split), (self.config.images_per_step,))
        self.optimizer.zero_grad(set_to_none=True)
        self.objective.step_begin(self.model)
        losses = (self.backward(batch, len(numbers)) for batch in numbers.split(self.config.batch_size))
        loss = sum(losses, torch.zeros((), device=self.device))
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_rate"] * rate / self.fastest
        self.updater.step(self.optimizer, loss)
        self.taken += 1
        return loss.item()

    def backward(self, numbers: Tensor, images: int) -> Tensor:
        """Add the gradients of one batch, in pieces; its share of the loss over so many images."""
        dtype, loss = DTYPES[self.config.precision], torch.zeros((), device=self.device)
        views = [self.view(name, numbers) for name in self.objective.views]
        for piece in zip(*(view.pieces(self.config.subdivisions) for view in views), strict=True):
            with torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
                total = self.objective.losses(self.model, *piece).total
            part = total * len(piece[0].targets) / images
            self.updater.scaled(part).backward()
            loss += part.detach()
        return loss
