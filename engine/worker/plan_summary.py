"""What a config will do, said before it is done: per stage the parts, trainable parameters and rates. Reads no data."""

from pathlib import Path

import torch

from engine import catalog
from engine.config.data_faults import data_faults
from engine.config.run_config import RunConfig
from engine.messages.faults import Fault, fault_of
from engine.models._model import Model, ReadsClasses
from engine.stages import plan_checks
from engine.stages.stage_setup import OptimizerFault, StageSetup
from engine.training.build_model import build_model
from engine.worker import weights_report
from engine.worker.planned_setups import set_up


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
    if faults:
        return [], [*unfit, *faults]
    try:
        return [_line(setup) for setup in set_up(config, config.stages, model)], unfit
    except OptimizerFault as error:
        return [], [*unfit, error.fault]


def _line(setup: StageSetup) -> str:
    stage = setup.stage
    count = sum(parameter.numel() for group in setup.groups for parameter in group["params"])
    rates = ", ".join(f"{part} {rate:g}" for part, rate in setup.base_rates.items())
    title = f" ({stage.title})" if stage.title else ""
    return f"  stage {setup.number + 1}{title}: {stage.epochs} epochs, {count:,} trainable parameters; rates: {rates}"
