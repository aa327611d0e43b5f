"""The training loop: for stage, for epoch, for batch: augment, forward, objective, backward, step, record.

Every iteration begins from random numbers that follow from seed and iteration alone, and every epoch's order from seed
and epoch. So a resumed run continues bit for bit (on the CPU, with the same number of threads) without saved states.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from engine.catalog import load
from engine.config.run_config import RunConfig
from engine.config.stage import Stage
from engine.datasets._dataset import Split
from engine.maps import gates
from engine.models._model import Model
from engine.objectives._objective import Losses, Objective, mean
from engine.runs import files
from engine.stages import freezing, plan_edits, rehearsal, stage_boundaries, stage_reports
from engine.stages.plan import Plan
from engine.stages.rates import Schedule, rates, schedule_of
from engine.training import batches, checkpoint, evaluate, teachers, training_state
from engine.training.assemble import Data
from engine.training.drift import Movement
from engine.training.pipeline import Pipeline, View
from engine.training.precision import DTYPES, layout, shorten
from engine.training.reporter import Reporter
from engine.training.telemetry import Telemetry
from engine.training.update import Updater
from engine.training.weight_average import WeightAverage


@dataclass
class Position:
    """Where a training stands. A step above 0 means that the epoch is open: not yet validated."""

    iteration: int = 0  # done so far
    stage: int = 0
    epoch: int = 1  # the running one
    step: int = 0  # done in the running epoch


class Trainer:
    """One life of one run. Everything that changes while it trains is in `position`, `plan`, `best`, the model,
    the optimizer, the objective and the schedule, and all of that is in a checkpoint."""

    # Made for each stage; while `begun` is -1 they are not there.
    stage: Stage
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    objective: Objective

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
        self.model = model.to(device).to(memory_format=layout(config))
        if config.precision == "pure_fp16":
            shorten(self.model)
        self.start = {name: value.to(device) for name, value in start.items()}
        self.train_split = data.train.to(device)
        self.classes = len(data.dataset.classes)
        self.augment = Pipeline(config, data.dataset, device)
        self.plan = Plan(config.stages, batches.steps_per_epoch(len(data.train), config.images_per_step))
        self.position = Position()
        self.best: dict | None = None
        self.last: dict | None = None
        self.begun = -1  # the stage that was made last
        self.objective_section: dict | None = None
        self.put_aside: dict[str, dict] = {}  # optimizer state, by parameter name, of what does not train now
        self.updater = Updater(config, device)
        self.movement = Movement(self.model)
        self.edits = plan_edits.Edits(config.edits)
        self.early_end = stage_boundaries.EarlyEnd()
        self.average = WeightAverage(self.model, config.ema_decay) if config.ema_decay else None
        self.telemetry = Telemetry(self.folder)
        self.saved_at = time.monotonic()
        self.seconds = 0.0  # spent training, over all lives
        self.evaluation_seconds = 0.0  # of the newest validation
        self.paused = 0.0  # seconds since it began
        if config.compile:
            self.model.compile()

    # --- the loop

    def train(self) -> None:
        """Run the plan from `position` to its end. Raises Stopped between two steps when told to stop."""
        position = self.position
        self.reporter.orders = {"pause": self.pause, "stop": self.reporter.stop}
        if position.iteration == 0 and self.begun < 0:
            rehearsal.rehearse(self)  # nothing else is obeyed meanwhile: its weights and its place are not the run's
        self.reporter.orders |= {
            "checkpoint": lambda _: self.save(["last"]), "inspect": lambda _: self.keep_maps("inspect"),
            "next_stage": lambda _: plan_edits.end_stage(self),
            "set": lambda order: plan_edits.change(self, order.get("field", ""), order.get("value")),
        }  # fmt: skip
        plan_edits.repeat(self)
        for number in range(position.stage, len(self.plan.stages)):
            if number != self.begun:
                stage_boundaries.go_back(self, number)
                self.begin_stage(number)
            while position.iteration < self.plan.end(number) or position.step:
                self.train_epoch(number)
                self.end_epoch(number)
        self.finish()

    def train_epoch(self, number: int) -> None:
        """The rest of the running epoch, or less where the stage ends within it."""
        position = self.position
        plan_edits.repeat(self)
        freezing.train_mode(self.model, self.stage)
        steps = self.plan.steps_per_epoch
        order = batches.order(self.images(), steps, self.config.images_per_step, self.config.seed, position.epoch)
        loader = batches.load(self.train_split, order[position.step :], self.workers)
        began = time.perf_counter()
        while position.iteration < self.plan.end(number):
            images = next(loader, None)
            if images is None:
                break
            loaded = time.perf_counter()
            row = self.step(*images)
            position.iteration += 1
            position.step += 1
            now = time.perf_counter()
            self.seconds += now - began
            row |= {"seconds": now - began, "data_seconds": loaded - began}
            self.telemetry.record(row | {"images_per_second": len(images[0]) / (now - began)})
            self.between_steps(now - began)
            began = time.perf_counter()

    def step(self, indices: Tensor, images: Tensor, targets: Tensor) -> dict[str, Tensor | float]:
        """One update of the weights; returns what is recorded of it, still on the device."""
        rates = self.set_learning_rates()
        self.optimizer.zero_grad(set_to_none=True)
        self.objective.step_begin(self.model)
        losses, soft_targets = self.backward(indices, images, targets)
        recorded = self.updater.step(self.optimizer, losses.total)
        if self.average:
            self.average.follow()
        accuracy, accuracy_top5 = evaluate.soft_accuracy(losses.logits, soft_targets)
        return {
            "loss": losses.total, "accuracy": accuracy, "accuracy_top5": accuracy_top5, **recorded,
            **self.movement.drift(self.optimizer.param_groups),
            **{f"loss.{name}": value for name, value in losses.components.items()},
            **{f"share.{name}": value for name, value in losses.shares().items()},
            **evaluate.pseudo_measures(losses, targets),
            **{f"learning_rate.{part}": rate for part, rate in rates.items()},
        }  # fmt: skip

    def backward(self, indices: Tensor, images: Tensor, targets: Tensor) -> tuple[Losses, Tensor]:
        """Leave the mean gradient of all images, batch by batch and each in pieces; their losses and soft targets."""
        done, dtype, size = [], DTYPES[self.config.precision], self.config.batch_size
        for number, batch in enumerate(zip(indices.split(size), images.split(size), targets.split(size), strict=True)):
            views = [self.view(name, *batch, number) for name in self.objective.views]
            for piece in zip(*(view.pieces(self.config.subdivisions) for view in views), strict=True):
                with torch.autocast(self.device.type, dtype, enabled=dtype != torch.float32):
                    losses = self.objective.losses(self.model, *piece)
                share = len(piece[0].targets) / len(indices)
                self.updater.scaled(share * losses.total).backward()
                done.append((share, losses.detached(), piece[-1].targets))
        return mean([(share, losses) for share, losses, _ in done]), torch.cat([soft for _, _, soft in done])

    def view(self, name: str, indices: Tensor, images: Tensor, targets: Tensor, number: int = 0) -> View:
        """One view of batch `number` of an iteration; all its views begin from the same random numbers."""
        self.augment.seed(self.config.seed, self.position.iteration * self.config.accumulate + number)
        return self.augment(indices, images, targets, self.position.epoch, name)

    def sweep(self, name: str) -> Iterator[View]:
        """Every image of the stage once, in order, in one view; the last batch may be smaller."""
        loader = batches.load(self.train_split, list(self.images().split(self.config.batch_size)), self.workers)
        self.model.eval()
        return (self.view(name, *images) for images in self.reporter.between(loader))

    def images(self) -> Tensor:
        """The numbers of the training images that the stage sees."""
        return batches.share(len(self.train_split), self.stage.images, self.config.seed)

    def set_learning_rates(self) -> dict[str, float]:
        """The rates of the coming step, by part: base rate times schedule times warm-up."""
        position, groups = self.position, self.optimizer.param_groups
        base = {group["part"]: group["base_rate"] for group in groups}
        now = rates(self.config, self.plan, self.schedule, position.stage, position.iteration, base)
        for group in groups:
            group["lr"] = now[group["part"]]
        return now

    def pause(self, arguments: dict) -> None:
        """Wait for the command resume, with everything written that is known so far."""
        self.telemetry.flush()
        began = time.perf_counter()
        self.reporter.pause(arguments)
        self.paused += time.perf_counter() - began

    def apply_rates(self, stage: Stage) -> None:
        """Let the running stage go on with the rates of `stage`, which was edited."""
        self.stage = stage
        default = self.config.optimizer["learning_rate"]
        for group in self.optimizer.param_groups:
            group["base_rate"] = stage.rate(group["part"], default, self.model.parts)

    def between_steps(self, seconds: float) -> None:
        """Tell how far it is, hear commands, and renew the last checkpoint where it has grown old."""
        position, plan = self.position, self.plan
        left = (plan.iterations - position.iteration) * self.seconds / position.iteration
        left += (plan.epochs - position.epoch + 1) * self.evaluation_seconds
        self.reporter.update(
            iteration=position.iteration, epoch=position.epoch, seconds=self.seconds, seconds_left=left
        )  # fmt: skip
        if time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes:
            self.save(["last"])
        plan_edits.repeat(self)
        self.reporter.listen()

    # --- stages and epochs

    def begin_stage(self, number: int) -> None:
        """Make everything that the stage needs, and tell that it began, if it does so just now."""
        self.make_stage(number)
        self.early_end = stage_boundaries.EarlyEnd()
        stage_reports.report(self)
        if self.position.iteration == self.plan.begin(number):
            stage_reports.announce(self)

    def make_stage(self, number: int, begin: bool = True) -> None:
        """Freeze and thaw, and make optimizer, schedule and objective of the stage.

        begin: whether an objective may prepare itself, which can mean to look at all images once.
        """
        first = self.begun < 0
        self.stage = stage = self.plan.stages[number]
        self.position.stage = number
        freezing.freeze(self.model, stage)
        section = stage.objective or self.config.objective
        if section != self.objective_section:
            teacher = partial(
                teachers.find_teacher, self.config, self.data.dataset, self.folder.path.parent, self.device
            )
            self.objective = teachers.build_objective(section, self.classes, self.start, teacher)
            self.augment.seed(self.config.seed, self.plan.begin(number))
            if begin:
                self.objective.begin(self.model, len(self.train_split), self.sweep)
            self.objective_section = section
        rate, decay = self.config.optimizer["learning_rate"], self.config.optimizer["weight_decay"]
        groups = freezing.parameter_groups(self.model, stage, rate, decay, self.config.decay_on, self.objective.modules)
        old = None if first else self.optimizer
        name, options = self.config.part("optimizer")
        self.optimizer = load("optimizers", name).build(options, groups)
        self.put_aside = freezing.carry_optimizer_state(
            old, self.optimizer, self.named_parameters(), self.put_aside, keep=stage.optimizer_state == "kept"
        )
        if first or self.config.schedule_over == "stage":
            self.schedule = schedule_of(self.config, stage)
        self.begun = number  # only now: stopped before, it has nothing of this stage to save

    def named_parameters(self) -> list[tuple[str, nn.Parameter]]:
        """Every parameter by name, those of the objective too."""
        modules = self.objective.modules
        return [*self.model.named_parameters(), *(modules.named_parameters("objective") if modules else ())]

    def end_epoch(self, number: int) -> None:
        """Validate, write the epoch's row, keep maps and checkpoints, and close the epoch."""
        position = self.position
        self.telemetry.flush()
        for text in self.objective.epoch_end(self.model):
            self.reporter.event("warning", text, why=text)
        began, self.paused = time.perf_counter(), 0.0
        score = evaluate.scores(self.logits_of(self.data.validation), self.data.validation.targets.cpu())
        score |= self.score_of_average(self.data.validation)
        self.evaluation_seconds = time.perf_counter() - began - self.paused
        if not math.isfinite(score["loss"]):
            raise FloatingPointError(f"the {self.data.evaluated_on} loss became {score['loss']}")
        self.last = {"epoch": position.epoch, "top1": score["top1"], "loss": score["loss"]}
        stage_boundaries.end_early(self, score["top1"])
        kept_as = ["last"]
        if self.best is None or score["top1"] > self.best["top1"]:
            self.best = self.last
            kept_as.append("best")
        if position.iteration == self.plan.end(number):
            kept_as.append("stage_end")
        if self.config.checkpoint_epochs and position.epoch % self.config.checkpoint_epochs == 0:
            kept_as.append("epoch")
        if hasattr(self.schedule, "react"):
            self.schedule.react(score["loss"])
        stage_reports.write_epoch(self, number, score)
        self.keep_maps("stage" if "stage_end" in kept_as else "best" if "best" in kept_as else "epoch")
        position.epoch += 1
        position.step = 0
        self.save(kept_as)
        self.reporter.update(last=self.last, best=self.best)

    def finish(self) -> None:
        """Score the test set once with the last weights, and keep per-class figures and the worst mistakes."""
        test = self.data.dataset.test
        logits = self.logits_of(test)
        report = evaluate.report(logits, test.targets.cpu(), self.data.dataset.classes) | self.score_of_average(test)
        gates.save_mistakes(self.folder, test.images(torch.tensor([m["index"] for m in report["mistakes"]])))
        files.replace_json(self.folder.result_file, {"evaluated_on": "test"} | report, durable=True)
        text = f"Evaluated on {len(test)} test images: {report['top1']:.2f} % right."
        self.reporter.event("evaluated", text, top1=report["top1"], count=len(test), loss=report["loss"])
        self.reporter.update(test={"top1": report["top1"], "loss": report["loss"], "count": len(test)})

    def logits_of(self, split: Split, model: nn.Module | None = None) -> Tensor:
        return evaluate.logits_of(
            model or self.model, split, self.data.dataset, self.device, self.config.test_time,
            between=self.reporter.listen,
        )  # fmt: skip

    def score_of_average(self, split: Split) -> dict[str, float]:
        """The accuracy of the running average of the weights, where one is kept."""
        average = self.average.model if self.average else self.objective.average
        if average is None:
            return {}
        return {"ema_top1": evaluate.scores(self.logits_of(split, average), split.targets.cpu())["top1"]}

    # --- what is kept

    def keep_maps(self, why: str) -> None:
        """Save the attention maps of the probe images, where the model has attention and probes are asked for."""
        if not self.config.probe_images or not gates.can_be_seen(self.model):
            return
        probes = evaluate.probe_indices(self.data.dataset.test.targets, self.config.probe_images)
        images = self.data.dataset.test.images(probes)
        if not self.folder.probes_file.exists():
            gates.save_probes(self.folder, images, self.data.dataset.test.targets[probes], probes)
        maps = gates.read_gates(self.model, evaluate.normalised(images, self.data.dataset, self.device))
        about = {"epoch": self.position.epoch, "stage": self.position.stage, "why": why}
        gates.save(self.folder, self.position.iteration, maps, about)

    def save(self, kept_as: list[str]) -> None:
        """Save a checkpoint of this moment."""
        self.telemetry.flush()
        position = self.position
        closed = self.last if position.step == 0 else None
        about = {
            "iteration": position.iteration, "epoch": position.epoch - (position.step == 0), "stage": position.stage,
            "top1": closed["top1"] if closed else None,
        }  # fmt: skip
        saved = checkpoint.save(self.folder, self.model, training_state.of(self), about, kept_as)
        self.saved_at = time.monotonic()
        self.reporter.event(
            "checkpoint", f"Saved {saved.name} ({', '.join(kept_as)}).", name=saved.name, kept_as=kept_as
        )
