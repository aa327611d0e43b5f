"""What a config will do, said before it is done: per stage the parts, trainable parameters and rates. Reads no data."""

from pathlib import Path

import torch

from engine import catalog
from engine.config.data_faults import data_faults
from engine.config.run_config import RunConfig
from engine.messages.faults import Fault, fault_of
from engine.models._model import Model, ReadsClasses
from engine.stages import freezing, plan_checks
from engine.stages.parameter_groups import parameter_groups
from engine.training.build_model import build_model
from engine.worker import weights_report


def shape_of(config: RunConfig, data: Path) -> tuple[int, int, int]:
    """Channels, classes and image side that the config's model will see."""
    name, options = config.part("data")
    return catalog.load("datasets", name).shape(options, data)


def without_weights(config: RunConfig, channels: int, classes: int, image_size: int) -> Model:
    """The config's model on the meta device: shapes only. Raises ValueError where it cannot be built."""
    with torch.device("meta"):
        model = build_model(config, channels, classes, image_size)
        if isinstance(model, ReadsClasses):
            model.set_classes([f"class {number}" for number in range(classes)])
    return model


def describe_plan(config: RunConfig, runs: Path, data: Path) -> tuple[list[str], list[Fault]]:
    """One line a stage, and the faults that only the data and the model show. Never downloads.

    The plan is told even where only the data are not as they should be yet.
    """
    unfit = data_faults(config, data)
    try:
        model = without_weights(config, *shape_of(config, data))
    except ValueError as error:
        return [], [*unfit, fault_of(error, "model")]
    loaded: list[str] = []
    if config.weights:
        try:
            loaded = weights_report.predicted_load(model, config, runs).parts
        except ValueError as error:
            return [], [*unfit, fault_of(error, "weights")]
    faults = plan_checks.check_plan(config, model.parts, loaded) + plan_checks.check_objectives(config, model)
    lines = [] if faults else [_line(config, model, number) for number in range(len(config.stages))]
    return lines, [*unfit, *faults]


def _line(config: RunConfig, model: Model, number: int) -> str:
    stage = config.stages[number]
    freezing.freeze(model, stage)
    groups = parameter_groups(model, stage, config.optimizer["learning_rate"], 0.0)
    count = sum(parameter.numel() for group in groups for parameter in group["params"])
    rates = ", ".join(f"{group['part']} {group['lr']:g}" for group in groups)
    title = f" ({stage.title})" if stage.title else ""
    return f"  stage {number + 1}{title}: {stage.epochs} epochs, {count:,} trainable parameters; rates: {rates}"
