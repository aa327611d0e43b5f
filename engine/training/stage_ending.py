"""Where one stage ends and the next begins: early ends, and the weights that are taken over."""

from engine.training import checkpoint, stage_reports
from engine.training.training_state import TrainingState


def end_early(training: TrainingState, top1: float) -> None:
    """Let the running stage end with this epoch, if it says so."""
    position, stage = training.position, training.setup.stage
    reason = training.early_end.reason(stage, top1)
    if reason is None or position.iteration >= training.plan.end(position.stage):
        return
    training.plan.end_stage_at(position.stage, position.iteration)
    stage_reports.report_plan(training)
    training.reporter.event("ended_early", stage=position.stage + 1, why=reason, top1=top1, patience=stage.patience,
                           until_accuracy=stage.until_accuracy)  # fmt: skip


def take_over_best(training: TrainingState, number: int) -> None:
    """Before stage `number` begins: go back to the best weights so far, if it says so.

    Their running average, and what an objective that goes on remembers, come back with them.
    """
    if number == 0 or training.plan.stages[number].begins_from != "best" or training.best == training.last:
        return
    found = training.folder.find_checkpoint("best")
    saved = checkpoint.load_training(found)
    training.model.load_state_dict(checkpoint.load_weights(found))
    training.drift.measure_all()
    if training.average:
        training.average.load_state_dict(saved["average"])
    best_stage = saved["stages"][saved["position"]["stage"]]
    if (best_stage["objective"] or training.config.objective) == training.setup.objective_section:
        training.setup.objective.load_state_dict(saved["objective"])
    else:
        training.setup.forget_objective()  # what it remembers is of weights that are given up
    assert training.best is not None, "a stage has ended, so an epoch was scored"
    epoch, top1 = training.best["epoch"], training.best["top1"]
    training.reporter.event("took_over", stage=number + 1, best_epoch=epoch, top1=top1)
