"""What of a training goes into a checkpoint besides the weights, and how another one takes it over."""

import time
from dataclasses import asdict
from typing import Any

from torch import Tensor

from engine.config.stage import Stage
from engine.device import precision
from engine.stages.plan import Plan
from engine.training import checkpoint, ghost_batchnorm
from engine.training.stage_start import begin_stage
from engine.training.training_state import TrainingState


def save(training: TrainingState, kept_as: list[str]) -> None:
    """Save a checkpoint of this moment."""
    training.telemetry.flush()
    position = training.position
    closed = training.last if position.step == 0 else None
    about = {
        "iteration": position.iteration, "epoch": position.epoch - (position.step == 0), "stage": position.stage,
        "top1": closed["top1"] if closed else None,
    }  # fmt: skip
    saved = checkpoint.save(training.folder, training.model, state_of(training), about, kept_as)
    training.saved_at = time.monotonic()
    training.reporter.event("checkpoint", name=saved.name, kept_as=kept_as)


def state_of(training: TrainingState) -> dict[str, Any]:
    """Everything that changes while it trains, but for the weights; loadable with weights_only=True."""
    setup = training.setup
    return {
        "position": asdict(training.position), "lengths": training.plan.lengths,
        "stages": [stage.model_dump() for stage in training.plan.stages], "best": training.best,
        "last": training.last, "seconds": training.seconds, "optimizer": setup.optimizer.state_dict(),
        "put_aside": setup.put_aside, "objective": setup.objective.state_dict(),
        "updater": training.stepper.updater.state_dict(),
        "average": training.average.state_dict() if training.average else {}, "edits": training.edits.done,
        "early_end": training.early_end.state_dict(),
        "schedule": setup.schedule.state_dict() if hasattr(setup.schedule, "state_dict") else {},
        "norm_rule": training.norm_rule,
    }  # fmt: skip


def take_norm_rule(training: TrainingState, rule: int) -> None:
    """Let what counts as a norm be what counted when the training began; its model was made by the newest rule.

    Raises ValueError as `restore` does.
    """
    training.norm_rule = rule
    config, model = training.config, training.model
    if rule == 1 and config.precision == "pure_fp16":
        precision.refuse_other_norms(model)
    if rule < 3 and config.precision == "fp16":
        precision.leave_norms_in_16_bits(model)
    if config.ghost_batch:
        ghost_batchnorm.use_ghost_batches(model, config.ghost_batch, rule)


def restore(training: TrainingState, weights: dict[str, Tensor], saved: dict[str, Any]) -> None:
    """Let a training that has not begun go on from a checkpoint as if nothing had happened.

    Raises ValueError where this version would compute something else than the one that saved it.
    """
    take_norm_rule(training, saved.get("norm_rule", 1))
    training.model.load_state_dict(weights)
    vars(training.position).update(saved["position"])
    stages_now = [Stage.model_validate(stage) for stage in saved["stages"]]
    training.plan = Plan(stages_now, training.plan.steps_per_epoch, saved["lengths"])
    training.best, training.last, training.seconds = saved["best"], saved["last"], saved["seconds"]
    begin_stage(training, training.position.stage)
    setup = training.setup
    setup.put_aside = {
        name: {key: value.to(training.device) if isinstance(value, Tensor) else value for key, value in state.items()}
        for name, state in saved["put_aside"].items()
    }
    setup.optimizer.load_state_dict(saved["optimizer"])
    setup.objective.load_state_dict(saved["objective"])
    training.stepper.updater.load_state_dict(saved["updater"])
    training.edits.count_done(saved.get("edits"), training.position.iteration)
    training.early_end.load_state_dict(saved.get("early_end", {}))
    training.drift.measure_all()
    if training.average:
        training.average.load_state_dict(saved["average"])
    if saved["schedule"]:
        assert hasattr(setup.schedule, "load_state_dict"), "a schedule that saves a state can take it again"
        setup.schedule.load_state_dict(saved["schedule"])
