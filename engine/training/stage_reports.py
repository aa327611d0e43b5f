"""What a run says of its stages and epochs: the plan, who trains when a stage begins, what it begins from, and the row
of each epoch."""

from engine import catalog
from engine.config.stage import Stage
from engine.runs import files
from engine.stages import model_parts
from engine.training import kept_maps, scoring
from engine.training.training_state import TrainingState


def report_plan(training: TrainingState) -> None:
    """Put the plan as it now stands into the status, before any row that can only be read with it."""
    plan = training.plan
    spans = [
        {
            "name": stage.title or f"stage {number + 1}", "epochs": stage.epochs,
            "train": model_parts.trained_parts(stage, training.model.parts), "begins": plan.begin(number),
            "ends": plan.end(number), "learning_rate": rates_of(training, stage),
        }
        for number, stage in enumerate(plan.stages)
    ]  # fmt: skip
    training.reporter.update(
        stages=spans, stage=training.position.stage, parts=list(training.model.parts), epochs=plan.epochs,
        iterations=plan.iterations, iterations_per_epoch=plan.steps_per_epoch, at_once=True,
    )  # fmt: skip


def rates_of(training: TrainingState, stage: Stage) -> float | dict[str, float]:
    """The rate from which each part that trains starts; one number where all have the same."""
    default, parts = training.config.optimizer["learning_rate"], list(training.model.parts)
    rates = {part: stage.rate(part, default, parts) for part in model_parts.trained_parts(stage, parts)}
    return rates if len(set(rates.values())) > 1 else next(iter(rates.values()))


def announce(training: TrainingState) -> None:
    """Tell that the stage began: who trains and how fast; maps of the very start; the accuracy to beat."""
    stage, number = training.setup.stage, training.setup.number
    trained = model_parts.trained_parts(stage, training.model.parts)
    frozen = [part for part in training.model.parts if part not in trained]
    rates = training.setup.base_rates
    values = {"stage": number, "title": stage.title, "train": trained, "frozen": frozen, "learning_rate": rates}
    training.reporter.event("stage_began", **values)
    if number == 0:
        kept_maps.keep_maps(training, "first")
    section = stage.objective or training.config.objective
    if catalog.targets_of(section["name"]) == "none" and "zero_shot" not in training.reporter.status:
        scoring.score_start(training)


def write_epoch(training: TrainingState, score: dict[str, float]) -> None:
    """The epoch's row: means over its iterations, and the validation scores."""
    position = training.position
    first = position.iteration - position.step
    names = [name for name in training.telemetry.writer.names if name.startswith(("loss.", "share.", "pseudo."))]
    means = {name: training.telemetry.mean(name, first) for name in ("loss", "accuracy", "accuracy_top5", *names)}
    row = {
        "epoch": position.epoch, "iteration": position.iteration, "stage": training.setup.number,
        "train.loss": means["loss"], "train.top1": means["accuracy"], "train.top5": means["accuracy_top5"],
        **{f"val.{key}": value for key, value in score.items()},
        **{name: means[name] for name in names if means[name] == means[name]},
        "seconds": training.seconds,
    }  # fmt: skip
    files.append_line(training.folder.epochs_file, row | training.setup.objective.record(row), durable=True)
    training.reporter.log(
        f"Epoch {row['epoch']} of {training.plan.epochs}: loss {row['train.loss']:.4f}, "
        f"accuracy {row['train.top1']:.2f} %; {training.data.evaluated_on} "
        f"loss {row['val.loss']:.4f}, accuracy {row['val.top1']:.2f} %"
    )
