"""Learning rates, step by step: one function for the training and for the drawing of what it will do."""

from collections.abc import Callable, Mapping

from engine import catalog
from engine.config.run_config import RunConfig, part_of
from engine.config.stage import Stage
from engine.stages.plan import Plan

Schedule = Callable[[float], float]
POWER = 4  # of the exponential warm-up, as in hysts/pytorch_image_classification


def schedule_of(config: RunConfig, stage: Stage) -> Schedule:
    """The schedule that begins with a stage: its own, or that of the config."""
    name, options = part_of(stage.schedule or config.schedule, "schedules")
    return catalog.load("schedules", name).build(options)


def rates(
    config: RunConfig, plan: Plan, schedule: Schedule, number: int, iteration: int, base: Mapping[str, float]
) -> dict[str, float]:
    """The rate of each part in the step that follows `iteration` ones: its base rate times schedule times warm-up."""
    factor = schedule(plan.progress(number, iteration, config.schedule_over)) * warmup(config, plan, iteration)
    return {part: rate * factor for part, rate in base.items()}


def warmup(config: RunConfig, plan: Plan, iteration: int) -> float:
    """From almost 0 at the first step to 1 at the first step after the warm-up; it falls in with the schedule, which
    counts from the beginning."""
    risen = min(1.0, (iteration + 1) / (config.warmup_epochs * plan.steps_per_epoch + 1))
    return risen if config.warmup == "linear" else risen**POWER
