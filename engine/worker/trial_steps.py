"""Steps that only try a stage out: it trains on images drawn at random, and nothing is kept of it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset
from engine.models._model import Model
from engine.objectives._objective import Objective
from engine.stages import freezing
from engine.stages.plan import Position
from engine.stages.stage_setup import Section, set_up_stage
from engine.training.augmented_views import View
from engine.training.stepper import Images, Stepper
from engine.training.teachers import build_objective, find_teacher


class TrialSteps:
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
        self.config, self.dataset, self.runs = config, dataset, runs
        self.device = device = device or torch.device("cpu")
        self.start = {name: value.to(device) for name, value in start.items()}
        self.stepper, self.position = Stepper(config, dataset, model, device), Position()
        self.setup = set_up_stage(config, config.stages[stage], stage, model, self.make_objective)
        freezing.train_mode(model, self.setup.stage)
        self.fastest = max(self.setup.base_rates.values())

    def make_objective(self, section: Section) -> Objective:
        teacher = partial(find_teacher, self.config, self.dataset, self.runs, self.device)
        objective = build_objective(section, len(self.dataset.classes), self.start, teacher)
        objective.begin(self.stepper.model, len(self.dataset.train), self.sweep)
        return objective

    def sweep(self, name: str) -> Iterator[View]:
        """Every image once, for objectives that want to see them all before they begin."""
        numbers = torch.arange(len(self.dataset.train)).split(self.config.batch_size)
        return self.stepper.sweep(name, self.position, map(self.images, numbers))

    def images(self, numbers: Tensor) -> Images:
        return numbers, self.dataset.train.images(numbers), self.dataset.train.targets[numbers]

    def step(self, rate: float) -> float:
        """The loss before an update with this rate for the fastest part; the others keep their ratio to it."""
        torch.manual_seed(self.config.seed + self.position.iteration)
        numbers = torch.randint(len(self.dataset.train), (self.config.images_per_step,))
        for group in self.setup.groups:
            group["lr"] = group["base_rate"] * rate / self.fastest
        losses, _, _ = self.stepper.step(self.setup, self.position, self.images(numbers))
        self.position.iteration += 1
        return losses.total.item()
