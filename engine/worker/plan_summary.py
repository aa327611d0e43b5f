"""What a config will do, said before it is done: per stage the parts, trainable parameters and rates."""

from pathlib import Path
from typing import NamedTuple, cast

import torch

from engine import catalog
from engine.config.data_faults import data_faults
from engine.config.run_config import RunConfig
from engine.datasets._normalisation import channel_faults
from engine.messages.faults import Fault, fault_of
from engine.models._model import Model, ReadsClasses
from engine.options import DatasetOptions
from engine.stages import plan_checks
from engine.stages.stage_setup import OptimizerFault, StageSetup
from engine.training import lone_images, teachers
from engine.training.build_model import build_model
from engine.worker import weights_report
from engine.worker.cache import Cache
from engine.worker.passing_norms import passing_norms
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


class Plan(NamedTuple):
    """lines: one a stage. faults: those that only the data and the model show. weights: what will be loaded."""

    lines: list[str]
    faults: list[Fault]
    weights: weights_report.Prediction | None = None


def describe_plan(config: RunConfig, cache: Cache) -> Plan:
    """What a config will do, told even where only the data are not as they should be yet. Never downloads."""
    unfit = data_faults(config, cache.data)
    try:
        channels, classes, side = shape_of(config, cache.data)
        unfit += channel_faults(cast(DatasetOptions, config.part("data")[1]), channels)
        model = without_weights(config, channels, classes, side)
    except ValueError as error:
        return Plan([], [*unfit, fault_of(error, "model")])
    weights = None
    if config.weights:
        try:
            weights = weights_report.predict(model, config, cache)
        except ValueError as error:
            return Plan([], [*unfit, fault_of(error, "weights")])
    faults = plan_checks.check_plan(config, model.parts, weights.loaded.parts if weights else [])
    faults += plan_checks.check_objectives(config, model)
    if not faults and not unfit:
        faults = teacher_faults(config, (channels, classes, side), cache)
    if not faults and not unfit:
        faults = lone_image_faults(config, model, torch.zeros(1, channels, side, side, device="meta"), cache)
    if faults:
        return Plan([], [*unfit, *faults], weights)
    try:
        return Plan([_line(setup) for setup in set_up(config, config.stages, model)], unfit, weights)
    except OptimizerFault as error:
        return Plan([], [*unfit, error.fault], weights)


def teacher_faults(config: RunConfig, shape: tuple[int, int, int], cache: Cache) -> list[Fault]:
    """Teachers that are not there, learned other classes, or whose weights do not fit; those of later stages too."""
    sections = config.objectives()
    if all(stage.objective for stage in config.stages):
        del sections["objective"]
    faults = []
    for field, section in sections.items():
        if source := section.get("teacher"):
            try:
                _check_teacher(config, source, shape, cache)
            except ValueError as error:
                faults.append(fault_of(error, f"{field}.teacher"))
    return faults


def _check_teacher(config: RunConfig, source: str, shape: tuple[int, int, int], cache: Cache) -> None:
    network, about = teachers.network_of(config, cache.runs, source)
    here = cache.about(config).get("classes")
    if about is not None and here:
        teachers.check_classes(source, about, here)
    teachers.fitting_weights(without_weights(network, *shape), network, cache.runs, source)


def lone_image_faults(config: RunConfig, model: Model, image: torch.Tensor, cache: Cache) -> list[Fault]:
    """Groups of one image that BatchNorm cannot normalise. Images are counted only where a layer could be hurt."""
    with passing_norms(model):
        pixels = lone_images.pixels_seen(model, image)
    images = cache.training_images(config) if 1 in pixels.values() else None
    return lone_images.faults(config, model, pixels, images)


def _line(setup: StageSetup) -> str:
    stage = setup.stage
    count = sum(parameter.numel() for group in setup.groups for parameter in group["params"])
    rates = ", ".join(f"{part} {rate:g}" for part, rate in setup.base_rates.items())
    title = f" ({stage.title})" if stage.title else ""
    return f"  stage {setup.number + 1}{title}: {stage.epochs} epochs, {count:,} trainable parameters; rates: {rates}"
