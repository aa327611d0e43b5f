"""What a run says of its stages and epochs: the plan, who trains when a stage begins, what it begins from, and the row
of each epoch."""

from typing import TYPE_CHECKING

from engine import catalog
from engine.config.stage import Stage
from engine.runs import files
from engine.stages import freezing
from engine.training import evaluate

if TYPE_CHECKING:
    from engine.training.trainer import Trainer


def report(trainer: "Trainer") -> None:
    """Put the plan as it now stands into the status, before any row that can only be read with it."""
    plan = trainer.plan
    spans = [
        {
            "name": stage.title or f"stage {number + 1}", "epochs": stage.epochs,
            "train": freezing.trained_parts(stage, trainer.model.parts), "begins": plan.begin(number),
            "ends": plan.end(number), "learning_rate": rates_of(trainer, stage),
        }
        for number, stage in enumerate(plan.stages)
    ]  # fmt: skip
    trainer.reporter.update(
        stages=spans, stage=trainer.position.stage, parts=list(trainer.model.parts), epochs=plan.epochs,
        iterations=plan.iterations, iterations_per_epoch=plan.steps_per_epoch, at_once=True,
    )  # fmt: skip


def rates_of(trainer: "Trainer", stage: Stage) -> float | dict[str, float]:
    """The rate from which each part that trains starts; one number where all have the same."""
    default, parts = trainer.config.optimizer["learning_rate"], list(trainer.model.parts)
    rates = {part: stage.rate(part, default, parts) for part in freezing.trained_parts(stage, parts)}
    return rates if len(set(rates.values())) > 1 else next(iter(rates.values()))


def rates_in_words(rates: float | dict[str, float] | None) -> str:
    """`0.01`, or `head 0.1, layer3 0.01`."""
    if rates is None:
        return "the optimizer's"
    named = rates.items() if isinstance(rates, dict) else [("", rates)]
    return ", ".join(f"{part} {rate:g}".strip() for part, rate in named)


def announce(trainer: "Trainer") -> None:
    """Tell that the stage began: who trains and how fast; maps of the very start; the accuracy to beat."""
    stage, number = trainer.stage, trainer.position.stage
    trained = freezing.trained_parts(stage, trainer.model.parts)
    frozen = [part for part in trainer.model.parts if part not in trained]
    rates = {group["part"]: group["base_rate"] for group in trainer.optimizer.param_groups}
    which = f"Stage {number + 1} of {len(trainer.plan.stages)} began"
    text = f"{which}: {rates_in_words(rates)}; frozen: {', '.join(frozen) or 'nothing'}."
    values = {"stage": number, "title": stage.title, "train": trained, "frozen": frozen, "learning_rate": rates}
    trainer.reporter.event("stage_began", text, **values)
    if number == 0:
        trainer.keep_maps("first")
    section = stage.objective or trainer.config.objective
    if catalog.targets_of(section["name"]) == "none" and "zero_shot" not in trainer.reporter.status:
        score_start(trainer)


def score_start(trainer: "Trainer") -> None:
    """Score what a stage without labels begins from: the line that it has to beat."""
    validation = trainer.data.validation
    top1 = evaluate.scores(trainer.logits_of(validation), validation.targets.cpu())["top1"]
    text = f"Before any training without labels: {top1:.2f} % of {len(validation)} {trainer.data.evaluated_on} images."
    trainer.reporter.event("zero_shot", text, top1=top1, stage=trainer.position.stage)
    trainer.reporter.update(zero_shot={"top1": top1, "iteration": trainer.position.iteration})


def write_epoch(trainer: "Trainer", number: int, score: dict[str, float]) -> None:
    """The epoch's row: means over its iterations, and the validation scores."""
    position = trainer.position
    first = position.iteration - position.step
    names = [name for name in trainer.telemetry.writer.names if name.startswith(("loss.", "share.", "pseudo."))]
    means = {name: trainer.telemetry.mean(name, first) for name in ("loss", "accuracy", "accuracy_top5", *names)}
    row = {
        "epoch": position.epoch, "iteration": position.iteration, "stage": number,
        "train.loss": means["loss"], "train.top1": means["accuracy"], "train.top5": means["accuracy_top5"],
        **{f"val.{key}": value for key, value in score.items()},
        **{name: means[name] for name in names if means[name] == means[name]},
        "seconds": trainer.seconds,
    }  # fmt: skip
    files.append_line(trainer.folder.epochs_file, row | trainer.objective.record(row), durable=True)
    trainer.reporter.log(
        f"Epoch {row['epoch']} of {trainer.plan.epochs}: loss {row['train.loss']:.4f}, "
        f"accuracy {row['train.top1']:.2f} %; {trainer.data.evaluated_on} "
        f"loss {row['val.loss']:.4f}, accuracy {row['val.top1']:.2f} %"
    )
