"""The learning rates that a config will use, before it trains: what the page draws, from the function that trains."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field

from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.stages.plan_edits import plans_with_edits
from engine.stages.rates import rates
from engine.training import batches, data_split
from engine.worker.cache import Cache, Progress
from engine.worker.config_previews import Config
from engine.worker.plan_summary import shape_of, without_weights
from engine.worker.planned_setups import set_up

ASSUMED = 100  # steps per epoch, where the data are not at hand


class ScheduleRequest(Config):
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
    known = plans_with_edits(config, steps_per_epoch)
    whole = known[-1][1].iterations
    chosen = list(range(whole) if at is None else at)
    drawn = {part: [math.nan] * len(chosen) for part in model.parts}
    for (begins, plan), ends in zip(known, [*(begin for begin, _ in known[1:]), whole], strict=True):
        for setup in set_up(config, plan.stages, model):
            first, last = max(begins, plan.begin(setup.number)), min(ends, plan.end(setup.number))
            for place, iteration in enumerate(chosen):
                if first <= iteration < last:
                    now = rates(config, plan, setup.schedule, setup.number, iteration, setup.base_rates)
                    for part, rate in now.items():
                        drawn.setdefault(part, [math.nan] * len(chosen))[place] = rate
    return drawn


def groups(config: RunConfig, data: Path) -> list[list[dict[str, Any]]]:
    """For every stage the groups of its optimizer, in order: part, rate, weight decay, and how many tensors and
    parameters are in it."""
    model = without_weights(config, *shape_of(config, data))
    found = {setup.number: setup.groups for setup in set_up(config, config.stages, model)}
    return [
        [
            {"part": group["part"], "rate": group["base_rate"], "weight_decay": group["weight_decay"],
             "tensors": len(group["params"]), "parameters": sum(weight.numel() for weight in group["params"])}
            for group in found.get(number, ())
        ]
        for number in range(len(config.stages))
    ]  # fmt: skip


def schedule(request: ScheduleRequest, cache: Cache, progress: Progress) -> dict[str, Any]:
    """iterations, and for each part its rates there, None where it is frozen.

    stages: the iterations at which stages begin. groups: see `groups`. exact: whether steps_per_epoch is that of the
    data; it is assumed where they are not on this computer yet.
    """
    config = resolve(request.config)
    try:
        images = data_split.training_images(config, cache.dataset(config))
    except ValueError:  # not on this computer yet
        images = 0
    steps = batches.steps_per_epoch(images, config.images_per_step) if images else ASSUMED
    plan = plans_with_edits(config, steps)[-1][1]
    edges = {edge for number in range(len(config.stages)) for edge in (plan.begin(number), plan.end(number) - 1)}
    at = sorted(edges | set(range(0, plan.iterations, math.ceil(plan.iterations / request.points))))
    return {
        "iterations": at, "steps_per_epoch": steps, "exact": images > 0,
        "stages": [plan.begin(number) for number in range(len(config.stages))], "groups": groups(config, cache.data),
        "rates": {
            part: [None if math.isnan(rate) else rate for rate in values]
            for part, values in curve(config, steps, cache.data, at).items()
        },
    }  # fmt: skip
