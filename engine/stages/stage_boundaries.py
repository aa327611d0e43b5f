"""Where one stage ends and the next begins: early ends, and the weights that are taken over."""

from typing import TYPE_CHECKING, Any

from engine.config.stage import Stage
from engine.stages import stage_reports
from engine.training import checkpoint

if TYPE_CHECKING:
    from engine.training.trainer import Trainer


class EarlyEnd:
    """Watches the accuracy of one stage, epoch by epoch."""

    def __init__(self) -> None:
        self.best = -1.0  # percent
        self.without = 0  # epochs since it rose

    def reason(self, stage: Stage, top1: float) -> str | None:
        """Why the stage ends with the epoch that reached this accuracy: `accuracy`, `plateau`, or None."""
        self.without = 0 if top1 > self.best else self.without + 1
        self.best = max(self.best, top1)
        if stage.until_accuracy is not None and top1 >= stage.until_accuracy:
            return "accuracy"
        return "plateau" if 0 < stage.patience <= self.without else None

    def state_dict(self) -> dict[str, Any]:
        return vars(self).copy()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


def end_early(trainer: "Trainer", top1: float) -> None:
    """Let the running stage end with this epoch, if it says so."""
    position, stage = trainer.position, trainer.stage
    reason = trainer.early_end.reason(stage, top1)
    if reason is None or position.iteration >= trainer.plan.end(position.stage):
        return
    trainer.plan.end_stage_at(position.stage, position.iteration)
    stage_reports.report(trainer)
    epochs = stage.patience
    why = {
        "accuracy": f"its accuracy of {top1:.2f} % has reached {stage.until_accuracy:g} %"
        if stage.until_accuracy is not None else "",
        "plateau": f"its accuracy has not risen for {epochs} epoch{'s' if epochs > 1 else ''}",
    }[reason]  # fmt: skip
    text = f"Stage {position.stage + 1} ends early, after epoch {position.epoch}: {why}."
    trainer.reporter.event("ended_early", text, stage=position.stage + 1, why=reason, top1=top1, patience=epochs,
                           until_accuracy=stage.until_accuracy)  # fmt: skip


def go_back(trainer: "Trainer", number: int) -> None:
    """Before stage `number` begins: go back to the best weights so far, if it says so.

    Their running average, and what an objective that goes on remembers, come back with them.
    """
    if number == 0 or trainer.plan.stages[number].begins_from != "best" or trainer.best == trainer.last:
        return
    found = trainer.folder.find_checkpoint("best")
    training = checkpoint.load_training(found)
    trainer.model.load_state_dict(checkpoint.load_weights(found))
    trainer.movement.measure_all()
    if trainer.average:
        trainer.average.load_state_dict(training["average"])
    best_stage = training["stages"][training["position"]["stage"]]
    if (best_stage["objective"] or trainer.config.objective) == trainer.objective_section:
        trainer.objective.load_state_dict(training["objective"])
    else:
        trainer.objective_section = None  # what it remembers is of weights that are given up: it begins anew
    assert trainer.best is not None, "a stage has ended, so an epoch was scored"
    epoch, top1 = trainer.best["epoch"], trainer.best["top1"]
    text = f"Stage {number + 1} takes over the best weights so far: those of epoch {epoch}, {top1:.2f} %."
    trainer.reporter.event("took_over", text, stage=number + 1, best_epoch=epoch, top1=top1)
