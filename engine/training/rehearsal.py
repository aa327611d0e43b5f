"""Before the first iteration every stage takes a step for real, and everything is put back, bit for bit.

What would fail at night, such as memory that runs out when the last layers thaw, fails in the first minute and names
its stage. And it is known what each stage needs and when it will end.
"""

import copy
import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from engine.device.peak_memory import peak_memory
from engine.evaluation import evaluate
from engine.maps.probing import state_preserved
from engine.messages.failures import trial_failed
from engine.objectives._objective import Objective
from engine.runs.reporter import Stopped
from engine.stages import freezing, model_parts
from engine.training import batches
from engine.training.stage_start import prepare_stage
from engine.training.stepper import Images
from engine.training.training_state import TrainingState

QUICK = 1.0  # seconds; a step that took less is taken a second time, as the first one also warms up

Step = Callable[[Images], dict[str, Tensor | float]]  # as the training takes it; what is recorded of it


@dataclass
class Measured:
    """What one stage needs. memory: bytes at the most; ends_in: seconds from the first iteration to its end."""

    stage: int  # from 0
    seconds: float  # of an iteration
    memory: int
    ends_in: float


def rehearse(training: TrainingState, step: Step) -> list[Measured]:
    """Let every stage take a step; tell what was measured, and leave the training as it was.

    Returns nothing where the config says `never`, and with `auto` where it would be costly or tell nothing.
    Raises ValueError that names the stage which failed and why.
    """
    wish, plan = training.config.rehearsal, training.plan
    if wish == "never" or (wish == "auto" and len(plan.stages) == 1):
        return []
    measured: list[Measured] = []
    number, scoring = 0, 0.0
    with state_restored(training):
        for number in range(len(plan.stages)):
            training.reporter.listen()
            try:
                training.current_setup = prepare_stage(training, number, begin=wish == "always")
                if wish == "auto" and not begins_at_once(training.setup.objective):
                    return []
                seconds, memory = measure(training, step)
                scoring = scoring or scoring_seconds(training)
            except Stopped:
                raise
            except Exception as error:
                parts = model_parts.trained_parts(plan.stages[number], training.model.parts)
                titles = [stage.title for stage in plan.stages]
                raise ValueError(trial_failed("dry run", titles, number, parts, error)) from error
            before = measured[-1].ends_in if measured else 0.0
            epochs = math.ceil(plan.lengths[number] / plan.steps_per_epoch)
            measured.append(
                Measured(number, seconds, memory, before + plan.lengths[number] * seconds + epochs * scoring)
            )
    report(training, measured)
    return measured


def begins_at_once(objective: Objective) -> bool:
    """Whether an objective needs nothing of model and images before its first step."""
    return type(objective).begin is Objective.begin


def measure(training: TrainingState, step: Step) -> tuple[float, int]:
    """Seconds and most memory, in bytes, of an iteration of the stage that was made last."""
    position, config = training.position, training.config
    position.iteration = training.plan.begin(position.stage)
    numbers, steps = training.images_of(training.setup.stage), training.plan.steps_per_epoch
    order = batches.order(numbers, steps, config.images_per_step, config.seed, position.epoch)
    batch = next(batches.load(training.train_split, order[:1], workers=0))
    freezing.train_mode(training.model, training.setup.stage, training.norm_rule)
    with peak_memory(training.device) as memory:
        seconds = seconds_of_step(step, batch)
        if seconds < QUICK:
            seconds = seconds_of_step(step, batch)
    return seconds, memory[0]


def seconds_of_step(step: Step, images: Images) -> float:
    began = time.perf_counter()
    row = step(images)
    float(row["loss"])  # waits for the device
    return time.perf_counter() - began


def scoring_seconds(training: TrainingState) -> float:
    """About how long it takes to score the validation images once."""
    validation, config = training.data.validation, training.config
    some = validation.subset(torch.arange(min(len(validation), config.batch_size)))
    began = time.perf_counter()
    evaluate.logits_of(training.model, some, training.data.dataset, training.device, config.test_time)
    return (time.perf_counter() - began) * len(validation) / len(some)


@contextmanager
def state_restored(training: TrainingState) -> Iterator[None]:
    """Afterwards weights, BatchNorm, optimizer, averages, position and random states are those of before."""
    weights = {name: value.clone() for name, value in training.model.state_dict().items()}
    setup_before, position = training.current_setup, asdict(training.position)
    stepper = training.stepper
    updater = copy.deepcopy(stepper.updater.state_dict())
    average = copy.deepcopy(training.average.state_dict()) if training.average else None
    drift = dict(training.drift.known)
    generator, python, numpy = stepper.augment.generator.get_state(), random.getstate(), np.random.get_state()
    with state_preserved(training.model):
        try:
            yield
        finally:
            vars(training.position).update(position)
            training.current_setup = setup_before
            training.model.load_state_dict(weights)
            stepper.updater.load_state_dict(updater)
            training.drift.known = drift
            if training.average and average:
                training.average.load_state_dict(average)
            stepper.augment.generator.set_state(generator)
            random.setstate(python)
            np.random.set_state(numpy)
            if training.device.type == "cuda":
                torch.cuda.empty_cache()


def report(training: TrainingState, measured: list[Measured]) -> None:
    """As an event and in the status."""
    rows = [asdict(one) for one in measured]
    training.reporter.event("rehearsed", stages=rows)
    training.reporter.update(rehearsal=rows)
