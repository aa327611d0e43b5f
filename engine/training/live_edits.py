"""What is changed while a run trains: taken at a safe point, told as an event, and kept in the run's config, so that a
run of the same config does it again at the same iterations."""

from typing import Any

from engine.config.config_drift import drift
from engine.config.differences import changes
from engine.config.stage import Edit
from engine.config.yaml_files import dump
from engine.runs.files import replace_text
from engine.stages.plan_edits import change_plan
from engine.training import stage_reports
from engine.training.training_state import TrainingState


def change(training: TrainingState, field: str, value: Any) -> None:
    """Set stages.N.learning_rate or stages.N.epochs of the running or a later stage.

    Raises ValueError that names the field and what may be changed.
    """
    _set(training, field, value)
    _record(training, field, value)


def end_stage(training: TrainingState) -> None:
    """Let the running stage end here."""
    number = training.position.stage
    training.plan.end_stage_at(number, training.position.iteration)
    _record(training, f"stages.{number}.end", training.position.iteration)


def repeat(training: TrainingState) -> None:
    """Do again what was changed at this point in the run that the config comes from."""
    for edit in training.edits.due(training.position.iteration):
        try:
            if edit.field.endswith(".end"):
                _end(training, int(edit.field.split(".")[1]))
            else:
                _set(training, edit.field, edit.value)
        except ValueError as error:
            training.reporter.event("warning", why=f"an edit of the config could not be repeated: {error}")
        else:
            _tell(training, edit.field, edit.value)


def _set(training: TrainingState, field: str, value: Any) -> None:
    unknown = [part for part in (value if isinstance(value, dict) else {}) if part not in training.model.parts]
    if unknown:
        raise ValueError(f"{field}: this model has no part {unknown[0]!r}; it has {', '.join(training.model.parts)}")
    number = change_plan(training.plan, field, value, training.position.stage, training.position.iteration)
    if training.has_begun(number):
        training.setup.edit_rates(training.plan.stages[number], training.config, training.model)


def _end(training: TrainingState, number: int) -> None:
    if not training.has_begun(number):
        raise ValueError(f"stage {number + 1} cannot end at iteration {training.position.iteration}: it does not run")
    change_plan(training.plan, f"stages.{number}.end", None, training.position.stage, training.position.iteration)


def _record(training: TrainingState, field: str, value: Any) -> None:
    """Into edits.yaml, the kept config, config.yaml and its changes unless somebody edited them, then told."""
    training.edits.add(Edit(iteration=training.position.iteration, field=field, value=value))
    whole = training.config.model_copy(update={"edits": training.edits.all})
    folder = training.folder
    edited = drift(folder.config(), folder.written_config())
    folder.keep_trained_config(whole.model_dump())
    if not edited:  # else that file is a person's, not ours to replace
        folder.write_config(whole.model_dump(), changes(whole))
    done = [edit.model_dump() for edit in training.edits.all[: training.edits.done]]
    replace_text(folder.edits_file, dump({"edits": done}), durable=True)
    _tell(training, field, value)


def _tell(training: TrainingState, field: str, value: Any) -> None:
    """What came of it: when the stage and the whole plan now end, and the rates from which its parts go on."""
    stage_reports.report_plan(training)
    _, place, key = field.split(".")
    number, plan = int(place), training.plan
    values = {"stage": number + 1, "what": key, "ends": plan.end(number), "iterations": plan.iterations,
              "running": training.has_begun(number)}  # fmt: skip
    training.reporter.event("edit", field=field, value=value, **values)
