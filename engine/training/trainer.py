"""The training loop: for stage, for epoch, for batch: augment, forward, objective, backward, step, record.

Every iteration begins from random numbers that follow from seed and iteration alone, and every epoch's order from seed
and epoch. So a resumed run continues bit for bit (on the CPU, with the same number of threads) without saved states.
"""

import math
import time

from torch import Tensor

from engine.evaluation import batch_measures
from engine.messages.coded_error import NotFinite
from engine.stages import freezing
from engine.stages.rates import rates
from engine.training import batches, kept_maps, live_edits, rehearsal, scoring, stage_ending, stage_reports
from engine.training.saved_state import save
from engine.training.stage_start import begin_stage
from engine.training.stepper import Images
from engine.training.training_state import TrainingState


class Trainer(TrainingState):
    """Trains one run from where it stands to the end of its plan."""

    def train(self) -> None:
        """Run the plan from `position` to its end. Raises Stopped between two steps when told to stop."""
        position = self.position
        self.reporter.orders = {"pause": self.pause, "stop": self.reporter.stop}
        if position.iteration == 0 and not self.current_setup:
            rehearsal.rehearse(self, self.step)  # nothing else is obeyed: its weights and its place are not the run's
        self.reporter.orders |= {
            "checkpoint": lambda _: save(self, ["last"]), "inspect": lambda _: kept_maps.keep_maps(self, "inspect"),
            "next_stage": lambda _: live_edits.end_stage(self),
            "set": lambda order: live_edits.change(self, order.get("field", ""), order.get("value")),
        }  # fmt: skip
        live_edits.repeat(self)
        for number in range(position.stage, len(self.plan.stages)):
            if not self.has_begun(number):
                stage_ending.take_over_best(self, number)
                begin_stage(self, number)
            while position.iteration < self.plan.end(number) or position.step:
                self.train_epoch()
                self.end_epoch()
        scoring.score_test(self)

    def train_epoch(self) -> None:
        """The rest of the running epoch, or less where the stage ends within it."""
        position = self.position
        live_edits.repeat(self)
        freezing.train_mode(self.model, self.setup.stage, self.norm_rule)
        numbers, steps = self.images_of(self.setup.stage), self.plan.steps_per_epoch
        order = batches.order(numbers, steps, self.config.images_per_step, self.config.seed, position.epoch)
        loader = batches.load(self.train_split, order[position.step :], self.workers)
        began = time.perf_counter()
        while position.iteration < self.plan.end(position.stage):
            images = next(loader, None)
            if images is None:
                break
            loaded = time.perf_counter()
            row = self.step(images)
            position.iteration += 1
            position.step += 1
            now = time.perf_counter()
            self.seconds += now - began
            row |= {"seconds": now - began, "data_seconds": loaded - began}
            self.telemetry.record(row | {"images_per_second": len(images[0]) / (now - began)})
            self.between_steps()
            began = time.perf_counter()

    def step(self, images: Images) -> dict[str, Tensor | float]:
        """One update of the weights; returns what is recorded of it, still on the device."""
        self.newest_batch = images
        rates = self.set_learning_rates()
        losses, soft_targets, recorded = self.stepper.step(self.setup, self.position, images)
        if self.average:
            self.average.follow()
        accuracy, accuracy_top5 = batch_measures.soft_accuracy(losses.logits, soft_targets)
        return {
            "loss": losses.total, "accuracy": accuracy, "accuracy_top5": accuracy_top5, **recorded,
            **self.drift.by_part(self.setup.groups),
            **{f"loss.{name}": value for name, value in losses.components.items()},
            **{f"share.{name}": value for name, value in losses.shares().items()},
            **batch_measures.pseudo_measures(losses, images[2]),
            **{f"learning_rate.{part}": rate for part, rate in rates.items()},
        }  # fmt: skip

    def set_learning_rates(self) -> dict[str, float]:
        """The rates of the coming step, by part: base rate times schedule times warm-up."""
        setup, iteration = self.setup, self.position.iteration
        now = rates(self.config, self.plan, setup.schedule, setup.number, iteration, setup.base_rates)
        for group in setup.groups:
            group["lr"] = now[group["part"]]
        return now

    def between_steps(self) -> None:
        """Tell how far it is, hear commands, and renew the last checkpoint where it has grown old."""
        position, plan = self.position, self.plan
        left = (plan.iterations - position.iteration) * self.seconds / position.iteration
        left += (plan.epochs - position.epoch + 1) * self.evaluation_seconds
        self.reporter.update(
            iteration=position.iteration, epoch=position.epoch, seconds=self.seconds, seconds_left=left
        )  # fmt: skip
        if time.monotonic() - self.saved_at > 60 * self.config.checkpoint_minutes:
            save(self, ["last"])
        live_edits.repeat(self)
        self.reporter.listen()

    def pause(self, arguments: dict) -> None:
        """Wait for the command resume, with everything written that is known so far."""
        self.telemetry.flush()
        began = time.perf_counter()
        self.reporter.pause(arguments)
        self.paused += time.perf_counter() - began

    def end_epoch(self) -> None:
        """Validate, write the epoch's row, keep maps and checkpoints, and close the epoch."""
        position, setup = self.position, self.setup
        self.telemetry.flush()
        for text in setup.objective.epoch_end(self.model):
            self.reporter.event("warning", why=text)
        score = self.validate()
        self.last = {"epoch": position.epoch, "top1": score["top1"], "loss": score["loss"]}
        stage_ending.end_early(self, score["top1"])
        kept_as = self.reasons_to_keep()
        if "best" in kept_as:
            self.best = self.last
        if hasattr(setup.schedule, "react"):
            setup.schedule.react(score["loss"])
        stage_reports.write_epoch(self, score)
        self.config_watch.look()
        kept_maps.keep_maps(self, "stage" if "stage_end" in kept_as else "best" if "best" in kept_as else "epoch")
        position.epoch += 1
        position.step = 0
        save(self, kept_as)
        self.reporter.update(last=self.last, best=self.best)

    def validate(self) -> dict[str, float]:
        """The scores of the validation images. Raises FloatingPointError where their loss is not finite."""
        began, self.paused = time.perf_counter(), 0.0
        score = scoring.score(self, self.data.validation)
        self.evaluation_seconds = time.perf_counter() - began - self.paused
        if not math.isfinite(score["loss"]):
            raise NotFinite(f"the {self.data.evaluated_on} loss became {score['loss']}", "not_finite.scored")
        return score

    def reasons_to_keep(self) -> list[str]:
        """Why the checkpoint of this epoch is kept."""
        assert self.last, "the epoch was scored"
        position, every = self.position, self.config.checkpoint_epochs
        reasons = {
            "last": True,
            "best": self.best is None or self.last["top1"] > self.best["top1"],
            "stage_end": position.iteration == self.plan.end(position.stage),
            "epoch": every > 0 and position.epoch % every == 0,
        }
        return [name for name, holds in reasons.items() if holds]
