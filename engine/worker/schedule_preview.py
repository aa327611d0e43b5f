"""The learning rates that a config will use, before it trains: what the page draws, from the function that trains."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from pydantic import Field

from engine import catalog
from engine.config.differences import resolve
from engine.config.run_config import RunConfig, part_of
from engine.config.stage import Stage
from engine.models._model import Model
from engine.objectives._objective import Objective
from engine.stages.plan_edits import foreseen
from engine.stages.rates import rates
from engine.stages.stage_setup import Section, StageSetup, set_up_stage
from engine.training import batches, data_split
from engine.worker.cache import Shelf, Tell
from engine.worker.plan_summary import shape_of, without_weights
from engine.worker.previews import Config

ASSUMED = 100  # steps per epoch, where the data are not at hand


class Asked(Config):
    """points: at most about so many steps are told, evenly over the plan and at every boundary of a stage."""

    points: int = Field(1000, ge=10, le=100_000)


def curve(
    config: RunConfig, steps_per_epoch: int, data: Path, at: Iterable[int] | None = None
) -> dict[str, list[float]]:
    """The rate of each part at every step of the plan, or at the steps `at`; NaN where it is frozen.

    Edits of the config are done in their time. A plateau schedule is drawn as if the loss always fell. data: where
    data sets live.
    """
    model = without_weights(config, *shape_of(config, data))
    known = foreseen(config, steps_per_epoch)
    whole = known[-1][1].iterations
    chosen = list(range(whole) if at is None else at)
    drawn = {part: [math.nan] * len(chosen) for part in model.parts}
    for (begins, plan), ends in zip(known, [*(begin for begin, _ in known[1:]), whole], strict=True):
        for number, stage in enumerate(plan.stages):
            setup = set_up(config, stage, number, model)
            for place, iteration in enumerate(chosen):
                if max(begins, plan.begin(number)) <= iteration < min(ends, plan.end(number)):
                    for part, rate in rates(config, plan, setup.schedule, number, iteration, setup.base_rates).items():
                        drawn.setdefault(part, [math.nan] * len(chosen))[place] = rate
    return drawn


def groups(config: RunConfig, data: Path) -> list[list[dict[str, Any]]]:
    """For every stage the groups of its optimizer, in order: part, rate, weight decay, and how many tensors and
    parameters are in it."""
    model = without_weights(config, *shape_of(config, data))
    return [
        [
            {"part": group["part"], "rate": group["base_rate"], "weight_decay": group["weight_decay"],
             "tensors": len(group["params"]), "parameters": sum(weight.numel() for weight in group["params"])}
            for group in set_up(config, stage, number, model).groups
        ]
        for number, stage in enumerate(config.stages)
    ]  # fmt: skip


def set_up(config: RunConfig, stage: Stage, number: int, model: Model) -> StageSetup:
    """What a stage trains with, as the training makes it; of its objective only what that trains of its own."""

    def make_objective(section: Section) -> Objective:
        name, options = part_of(section, "objectives")
        make = getattr(catalog.load("objectives", name), "own_modules", lambda options, model: None)
        objective = Objective()
        with torch.device("meta"):
            objective.modules = make(options, model)
        return objective

    return set_up_stage(config, stage, number, model, make_objective)


def schedule(asked: Asked, shelf: Shelf, tell: Tell) -> dict[str, Any]:
    """iterations, and for each part its rates there, None where it is frozen.

    stages: the iterations at which stages begin. groups: see `groups`. exact: whether steps_per_epoch is that of the
    data; it is assumed where they are not on this computer yet.
    """
    config = resolve(asked.config)
    try:
        images = data_split.training_images(config, shelf.dataset(config))
    except ValueError:  # not on this computer yet
        images = 0
    steps = batches.steps_per_epoch(images, config.images_per_step) if images else ASSUMED
    plan = foreseen(config, steps)[-1][1]
    edges = {edge for number in range(len(config.stages)) for edge in (plan.begin(number), plan.end(number) - 1)}
    at = sorted(edges | set(range(0, plan.iterations, math.ceil(plan.iterations / asked.points))))
    return {
        "iterations": at, "steps_per_epoch": steps, "exact": images > 0,
        "stages": [plan.begin(number) for number in range(len(config.stages))], "groups": groups(config, shelf.data),
        "rates": {
            part: [None if math.isnan(rate) else rate for rate in values]
            for part, values in curve(config, steps, shelf.data, at).items()
        },
    }  # fmt: skip
