"""Everything that a training holds: what its loop, its edits, reports, checkpoints and rehearsal work on."""

import time

import torch
from torch import Tensor

from engine.config.run_config import RunConfig
from engine.config.stage import Stage
from engine.models._model import Model
from engine.models._norms import NEWEST_RULE
from engine.runs.reporter import Reporter
from engine.stages.early_end_rule import EarlyEnd
from engine.stages.plan import Plan, Position
from engine.stages.plan_edits import Edits
from engine.stages.stage_setup import StageSetup
from engine.training import batches
from engine.training.config_watch import ConfigWatch
from engine.training.data_split import Data
from engine.training.drift import Drift
from engine.training.stepper import Images, Stepper
from engine.training.telemetry import Telemetry
from engine.training.weight_average import WeightAverage


class TrainingState:
    """What changes while it trains is in `position`, `plan`, `best`, the model and the setup of the current stage,
    and all of that is in a checkpoint. start: the loaded weights, by name."""

    def __init__(
        self,
        config: RunConfig,
        data: Data,
        model: Model,
        start: dict[str, Tensor],
        device: torch.device,
        reporter: Reporter,
        workers: int,
    ):
        self.config, self.data, self.device, self.reporter, self.workers = config, data, device, reporter, workers
        self.folder = reporter.folder
        self.stepper = Stepper(config, data.dataset, model, device)
        self.model = self.stepper.model
        self.start = {name: value.to(device) for name, value in start.items()}
        self.train_split = data.train.to(device)
        self.plan = Plan(config.stages, batches.steps_per_epoch(len(data.train), config.images_per_step))
        self.position = Position()
        self.norm_rule = NEWEST_RULE  # which layers count as normalisation; an older checkpoint brings its own
        self.current_setup: StageSetup | None = None  # None until the first stage begins
        self.best: dict | None = None
        self.last: dict | None = None
        self.drift = Drift(self.model)
        self.edits = Edits(config.edits)
        self.early_end = EarlyEnd()
        self.average = WeightAverage(self.model, config.ema_decay) if config.ema_decay else None
        self.telemetry = Telemetry(self.folder)
        self.config_watch = ConfigWatch(self.folder, reporter)
        self.newest_batch: Images | None = None  # in which the cause is looked for if its loss is not finite
        self.saved_at = time.monotonic()
        self.seconds = 0.0  # spent training, resumes included
        self.evaluation_seconds = 0.0  # of the newest validation
        self.paused = 0.0  # seconds since it began
        if config.compile:
            self.model.compile()

    @property
    def setup(self) -> StageSetup:
        """What the running stage trains with."""
        assert self.current_setup, "a stage has begun"
        return self.current_setup

    def has_begun(self, number: int) -> bool:
        """Whether stage `number` is the running one and set up."""
        return self.current_setup is not None and self.current_setup.number == number

    def images_of(self, stage: Stage) -> Tensor:
        """The numbers of the training images that a stage sees."""
        return batches.share(len(self.train_split), stage.images, self.config.seed)
