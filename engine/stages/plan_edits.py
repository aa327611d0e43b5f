"""What may be changed while a run trains: taken at a safe point, told as an event, and kept in the run's config, so
that a run of the same config does it again at the same iterations."""

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.config.differences import changes
from engine.config.run_config import RunConfig
from engine.config.stage import Edit, Stage
from engine.config.yaml_files import dump
from engine.runs.files import replace_text
from engine.stages import stage_reports
from engine.stages.plan import Plan

if TYPE_CHECKING:
    from engine.training.trainer import Trainer


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


def change(trainer: "Trainer", field: str, value: Any) -> None:
    """Set stages.N.learning_rate or stages.N.epochs of the running or a later stage.

    Raises ValueError that names the field and what may be changed.
    """
    _set(trainer, field, value)
    _record(trainer, field, value)


def end_stage(trainer: "Trainer") -> None:
    """Let the running stage end here."""
    number = trainer.position.stage
    trainer.plan.end_stage_at(number, trainer.position.iteration)
    _record(trainer, f"stages.{number}.end", trainer.position.iteration)


def repeat(trainer: "Trainer") -> None:
    """Do again what was changed at this point in the run that the config comes from."""
    for edit in trainer.edits.due(trainer.position.iteration):
        try:
            if edit.field.endswith(".end"):
                _end(trainer, int(edit.field.split(".")[1]))
            else:
                _set(trainer, edit.field, edit.value)
        except ValueError as error:
            trainer.reporter.event("warning", f"An edit of the config was not done again: {error}", why=str(error))
        else:
            _tell(trainer, edit.field, edit.value)


def _set(trainer: "Trainer", field: str, value: Any) -> None:
    unknown = [part for part in (value if isinstance(value, dict) else {}) if part not in trainer.model.parts]
    if unknown:
        raise ValueError(f"{field}: this model has no part {unknown[0]!r}; it has {', '.join(trainer.model.parts)}")
    number = change_plan(trainer.plan, field, value, trainer.position.stage, trainer.position.iteration)
    if number == trainer.begun:
        trainer.apply_rates(trainer.plan.stages[number])


def _end(trainer: "Trainer", number: int) -> None:
    if number != trainer.begun:
        raise ValueError(f"stage {number + 1} cannot end at iteration {trainer.position.iteration}: it does not run")
    change_plan(trainer.plan, f"stages.{number}.end", None, trainer.position.stage, trainer.position.iteration)


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


def foreseen(config: RunConfig, steps_per_epoch: int) -> list[tuple[int, Plan]]:
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


def _record(trainer: "Trainer", field: str, value: Any) -> None:
    """Into edits.yaml, the config and its changes, then told."""
    trainer.edits.add(Edit(iteration=trainer.position.iteration, field=field, value=value))
    whole = trainer.config.model_copy(update={"edits": trainer.edits.all})
    trainer.folder.write_config(whole.model_dump(), changes(whole))
    done = [edit.model_dump() for edit in trainer.edits.all[: trainer.edits.done]]
    replace_text(trainer.folder.edits_file, dump({"edits": done}), durable=True)
    _tell(trainer, field, value)


def _tell(trainer: "Trainer", field: str, value: Any) -> None:
    """What came of it: when the stage and the whole plan now end, and the rates from which its parts go on."""
    stage_reports.report(trainer)
    _, place, key = field.split(".")
    number, plan, iteration = int(place), trainer.plan, trainer.position.iteration
    name = f"stage {number + 1}"
    outcome = {
        "epochs": f"{name} now lasts {value} epochs and ends after iteration {plan.end(number):,}",
        "learning_rate": f"the rate of {name} is now {stage_reports.rates_in_words(value)}",
        "end": f"{name} ends here",
    }[key]
    text = f"Changed at iteration {iteration:,}: {outcome}; the plan ends after iteration {plan.iterations:,}."
    values = {"stage": number + 1, "what": key, "ends": plan.end(number), "iterations": plan.iterations,
              "running": number == trainer.begun}  # fmt: skip
    trainer.reporter.event("edit", text, field=field, value=value, **values)
