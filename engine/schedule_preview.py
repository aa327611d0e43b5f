"""The learning rates that a config will use, before it trains: what the page draws, from the function that trains."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from pydantic import Field

from engine import assemble, batches, stages
from engine.config import RunConfig, resolve
from engine.describe import shape_of
from engine.plan import Plan
from engine.previews import Config
from engine.rates import rates, schedule_of
from engine.shelf import Shelf, Tell

ASSUMED = 100  # steps per epoch, where the data are not at hand


class Asked(Config):
    """points: at most about so many steps are told, evenly over the plan and at every boundary of a stage."""

    points: int = Field(1000, ge=10, le=100_000)


def curve(
    config: RunConfig, steps_per_epoch: int, data: Path, at: Iterable[int] | None = None
) -> dict[str, list[float]]:
    """The rate of each part at every step of the plan, or at the steps `at`; NaN where it is frozen.

    A plateau schedule is drawn as if the loss always fell. data: where data sets live.
    """
    with torch.device("meta"):
        model = assemble.build_model(config, *shape_of(config, data))
    plan = Plan(config.stages, steps_per_epoch)
    chosen = list(range(plan.iterations) if at is None else at)
    drawn = {part: [math.nan] * len(chosen) for part in model.parts}
    schedule = None
    for number, stage in enumerate(config.stages):
        stages.freeze(model, stage)
        groups = stages.parameter_groups(model, stage, config.optimizer["learning_rate"], 0.0)
        base = {group["part"]: group["base_rate"] for group in groups}
        if schedule is None or config.schedule_over == "stage":
            schedule = schedule_of(config, stage)
        for place, iteration in enumerate(chosen):
            if plan.begin(number) <= iteration < plan.end(number):
                for part, rate in rates(config, plan, schedule, number, iteration, base).items():
                    drawn[part][place] = rate
    return drawn


def groups(config: RunConfig, data: Path) -> list[list[dict[str, Any]]]:
    """For every stage the groups of its optimizer, in order: part, rate, weight decay, and how many tensors and
    parameters are in it. What an objective trains of its own is not among them."""
    with torch.device("meta"):
        model = assemble.build_model(config, *shape_of(config, data))
    rate, decay = config.optimizer["learning_rate"], config.optimizer["weight_decay"]
    found = []
    for stage in config.stages:
        stages.freeze(model, stage)
        made = stages.parameter_groups(model, stage, rate, decay, config.decay_on)
        found.append([
            {"part": group["part"], "rate": group["base_rate"], "weight_decay": group["weight_decay"],
             "tensors": len(group["params"]), "parameters": sum(weight.numel() for weight in group["params"])}
            for group in made
        ])  # fmt: skip
    return found


def schedule(asked: Asked, shelf: Shelf, tell: Tell) -> dict[str, Any]:
    """iterations, and for each part its rates there, None where it is frozen.

    stages: the iterations at which stages begin. groups: see `groups`. exact: whether steps_per_epoch is that of the
    data; it is assumed where they are not on this computer yet.
    """
    config = resolve(asked.config)
    try:
        images = assemble.training_images(config, shelf.dataset(config))
    except ValueError:  # not on this computer yet
        images = 0
    steps = batches.steps_per_epoch(images, config.images_per_step) if images else ASSUMED
    plan = Plan(config.stages, steps)
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
