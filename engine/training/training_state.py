"""What of a trainer goes into a checkpoint besides the weights, and how another one takes it over."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from torch import Tensor

from engine.config.stage import Stage
from engine.stages.plan import Plan

if TYPE_CHECKING:
    from engine.training.trainer import Trainer


def of(trainer: "Trainer") -> dict[str, Any]:
    """Everything that changes while it trains, but for the weights; loadable with weights_only=True."""
    return {
        "position": asdict(trainer.position), "lengths": trainer.plan.lengths,
        "stages": [stage.model_dump() for stage in trainer.plan.stages], "best": trainer.best, "last": trainer.last,
        "seconds": trainer.seconds, "optimizer": trainer.optimizer.state_dict(), "put_aside": trainer.put_aside,
        "objective": trainer.objective.state_dict(), "updater": trainer.updater.state_dict(),
        "average": trainer.average.state_dict() if trainer.average else {}, "edits": trainer.edits.done,
        "early_end": trainer.early_end.state_dict(),
        "schedule": trainer.schedule.state_dict() if hasattr(trainer.schedule, "state_dict") else {},
    }  # fmt: skip


def restore(trainer: "Trainer", weights: dict[str, Tensor], training: dict[str, Any]) -> None:
    """Let a trainer that has not begun go on from a checkpoint as if nothing had happened."""
    trainer.model.load_state_dict(weights)
    vars(trainer.position).update(training["position"])
    stages_now = [Stage.model_validate(stage) for stage in training["stages"]]
    trainer.plan = Plan(stages_now, trainer.plan.steps_per_epoch, training["lengths"])
    trainer.best, trainer.last, trainer.seconds = training["best"], training["last"], training["seconds"]
    trainer.begin_stage(trainer.position.stage)
    trainer.put_aside = {
        name: {key: value.to(trainer.device) if isinstance(value, Tensor) else value for key, value in state.items()}
        for name, state in training["put_aside"].items()
    }
    trainer.optimizer.load_state_dict(training["optimizer"])
    trainer.objective.load_state_dict(training["objective"])
    trainer.updater.load_state_dict(training["updater"])
    trainer.edits.count_done(training.get("edits"), trainer.position.iteration)
    trainer.early_end.load_state_dict(training.get("early_end", {}))
    trainer.movement.measure_all()
    if trainer.average:
        trainer.average.load_state_dict(training["average"])
    if training["schedule"]:
        assert hasattr(trainer.schedule, "load_state_dict"), "a schedule that saves a state can take it again"
        trainer.schedule.load_state_dict(training["schedule"])
