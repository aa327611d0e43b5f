"""Edits of the plan: which may be made while a run trains, and what the plan is once they are made."""

from typing import Any

from pydantic import ValidationError

from engine.config.run_config import RunConfig
from engine.config.stage import Edit, Stage
from engine.stages.plan import Plan


class Edits:
    """All edits of a run in the order of their iterations, and how many of them are done."""

    def __init__(self, edits: list[Edit]):
        self.all = sorted(edits, key=lambda edit: edit.iteration)
        self.done = 0

    def due(self, iteration: int) -> list[Edit]:
        """Those that are to be done after so many iterations; they count as done from now on."""
        found = [edit for edit in self.all[self.done :] if edit.iteration <= iteration]
        self.done += len(found)
        return found

    def count_done(self, done: int | None, iteration: int) -> None:
        """Go on from a checkpoint, which says how many are done; older ones hold those of before their iteration."""
        self.done = sum(edit.iteration <= iteration for edit in self.all) if done is None else done

    def add(self, edit: Edit) -> None:
        """Somebody made one just now, before those that are still to come."""
        self.all.insert(self.done, edit)
        self.done += 1


def change_plan(plan: Plan, field: str, value: Any, running: int, iteration: int) -> int:
    """Change stages.N.learning_rate or .epochs of a stage that is not over, or let the running one end; returns N.

    Raises ValueError that names the field and what may be changed.
    """
    match field.split("."):
        case ["stages", place, ("learning_rate" | "epochs" | "end") as key] if place.isdigit():
            number = int(place)
        case _:
            raise ValueError(
                f"{field!r} cannot be changed while a run trains; stages.N.learning_rate and stages.N.epochs can"
            )
    if not running <= number < len(plan.stages):
        raise ValueError(f"{field}: that stage does not exist or is over; stage {running} is running")
    if key == "end":
        if number != running:
            raise ValueError(f"stage {number + 1} cannot end at iteration {iteration}: it does not run")
        plan.end_stage_at(number, iteration)
        return number
    try:
        stage = Stage.model_validate(plan.stages[number].model_dump() | {key: value})
    except ValidationError as error:
        raise ValueError(f"{field}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
    if key == "epochs":
        plan.set_epochs(number, stage.epochs, iteration)
    plan.stages[number] = stage
    return number


def plans_with_edits(config: RunConfig, steps_per_epoch: int) -> list[tuple[int, Plan]]:
    """The plan as it is from each iteration on, first from 0, if the config's edits are done again in time."""
    plan = Plan(config.stages, steps_per_epoch)
    known = [(0, plan)]
    for edit in sorted(config.edits, key=lambda edit: edit.iteration):
        if edit.iteration > plan.iterations:
            break
        plan = Plan(plan.stages, steps_per_epoch, list(plan.lengths))
        try:
            change_plan(plan, edit.field, edit.value, plan.stage_of(max(0, edit.iteration - 1)), edit.iteration)
        except ValueError:  # the training will say so, and go on without
            continue
        known.append((edit.iteration, plan))
    return known
