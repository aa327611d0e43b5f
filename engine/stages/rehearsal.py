"""Before the first iteration every stage takes a step for real, and everything is put back, bit for bit.

What would fail at night, such as memory that runs out when the last layers thaw, fails in the first minute and names
its stage. And it is known what each stage needs and when it will end.
"""

import copy
import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from engine.maps.probing import undisturbed
from engine.objectives._objective import Objective
from engine.stages import freezing
from engine.training import batches, evaluate
from engine.training.failures import trial_failed
from engine.training.peak_memory import peak_memory
from engine.training.reporter import Stopped

if TYPE_CHECKING:
    from engine.training.trainer import Trainer

QUICK = 1.0  # seconds; a step that took less is taken a second time, as the first one also warms up
KEPT = ("begun", "optimizer", "schedule", "objective", "objective_section", "put_aside")


@dataclass
class Measured:
    """What one stage needs. memory: bytes at the most; ends_in: seconds from the first iteration to its end."""

    stage: int  # from 0
    seconds: float  # of an iteration
    memory: int
    ends_in: float


def rehearse(trainer: "Trainer") -> list[Measured]:
    """Let every stage take a step; tell what was measured, and leave the trainer as it was.

    Returns nothing where the config says `never`, and with `auto` where it would be costly or tell nothing.
    Raises ValueError that names the stage which failed and why.
    """
    wish, plan = trainer.config.rehearsal, trainer.plan
    if wish == "never" or (wish == "auto" and len(plan.stages) == 1):
        return []
    measured: list[Measured] = []
    number, scoring = 0, 0.0
    with as_before(trainer):
        for number in range(len(plan.stages)):
            trainer.reporter.listen()
            try:
                trainer.make_stage(number, begin=wish == "always")
                if wish == "auto" and not begins_at_once(trainer.objective):
                    return []
                seconds, memory = step(trainer)
                scoring = scoring or scoring_seconds(trainer)
            except Stopped:
                raise
            except Exception as error:
                parts = freezing.trained_parts(plan.stages[number], trainer.model.parts)
                raise ValueError(trial_failed("rehearsal", plan.stages, number, parts, error)) from error
            before = measured[-1].ends_in if measured else 0.0
            epochs = math.ceil(plan.lengths[number] / plan.steps_per_epoch)
            measured.append(
                Measured(number, seconds, memory, before + plan.lengths[number] * seconds + epochs * scoring)
            )
    tell(trainer, measured)
    return measured


def begins_at_once(objective: Objective) -> bool:
    """Whether an objective needs nothing of model and images before its first step."""
    return type(objective).begin is Objective.begin


def step(trainer: "Trainer") -> tuple[float, int]:
    """Seconds and most memory, in bytes, of an iteration of the stage that was made last."""
    position, config = trainer.position, trainer.config
    position.iteration = trainer.plan.begin(position.stage)
    order = batches.order(
        trainer.images(), trainer.plan.steps_per_epoch, config.images_per_step, config.seed, position.epoch
    )
    batch = next(batches.load(trainer.train_split, order[:1], workers=0))
    freezing.train_mode(trainer.model, trainer.stage)
    with peak_memory(trainer.device) as memory:
        seconds = timed(trainer, batch)
        if seconds < QUICK:
            seconds = timed(trainer, batch)
    return seconds, memory[0]


def timed(trainer: "Trainer", batch: tuple) -> float:
    began = time.perf_counter()
    row = trainer.step(*batch)
    float(row["loss"])  # waits for the device
    return time.perf_counter() - began


def scoring_seconds(trainer: "Trainer") -> float:
    """About how long it takes to score the validation images once."""
    validation, config = trainer.data.validation, trainer.config
    some = validation.subset(torch.arange(min(len(validation), config.batch_size)))
    began = time.perf_counter()
    evaluate.logits_of(trainer.model, some, trainer.data.dataset, trainer.device, config.test_time)
    return (time.perf_counter() - began) * len(validation) / len(some)


@contextmanager
def as_before(trainer: "Trainer") -> Iterator[None]:
    """Afterwards weights, BatchNorm, optimizer, averages, position and random states are those of before."""
    weights = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    kept = {name: value for name, value in vars(trainer).items() if name in KEPT}
    position, updater = asdict(trainer.position), copy.deepcopy(trainer.updater.state_dict())
    average = copy.deepcopy(trainer.average.state_dict()) if trainer.average else None
    movement = dict(trainer.movement.known)
    generator, python, numpy = trainer.augment.generator.get_state(), random.getstate(), np.random.get_state()
    with undisturbed(trainer.model):
        try:
            yield
        finally:
            vars(trainer.position).update(position)
            for name in KEPT:
                vars(trainer).pop(name, None)  # before the first stage some are not there
            vars(trainer).update(kept)
            trainer.model.load_state_dict(weights)
            trainer.updater.load_state_dict(updater)
            trainer.movement.known = movement
            if trainer.average and average:
                trainer.average.load_state_dict(average)
            trainer.augment.generator.set_state(generator)
            random.setstate(python)
            np.random.set_state(numpy)
            if trainer.device.type == "cuda":
                torch.cuda.empty_cache()


def tell(trainer: "Trainer", measured: list[Measured]) -> None:
    """As an event and in the status."""
    lines = [
        f"stage {one.stage + 1} takes {one.seconds:.3g} s an iteration and {one.memory / 2**20:,.0f} MiB, and ends "
        f"after about {_duration(one.ends_in)}"
        for one in measured
    ]
    rows = [asdict(one) for one in measured]
    trainer.reporter.event("rehearsed", f"Every stage was rehearsed: {'; '.join(lines)}.", stages=rows)
    trainer.reporter.update(rehearsal=rows)


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
