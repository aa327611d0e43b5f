"""Networks that an objective learns from: those of saved runs, or weights for the architecture that is trained."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine import catalog
from engine.config.differences import resolve
from engine.config.run_config import RunConfig, part_of
from engine.datasets._dataset import Dataset
from engine.device.precision import layout
from engine.messages.listed import listed
from engine.models._model import Model
from engine.objectives._objective import Objective
from engine.runs import all_runs, example_run
from engine.training import load_weights, weight_source
from engine.training.build_model import build_model, match_to_data
from engine.training.weight_names import without_wrappers
from engine.typed_path import unquoted


def build_objective(
    section: dict[str, Any], classes: int, start: dict[str, Tensor], teacher: Callable[[str], nn.Module]
) -> Objective:
    """The objective in a section of a config. teacher: gives the network that an objective names as its teacher."""
    name, options = part_of(section, "objectives")
    more = {"teacher": teacher(options.teacher)} if hasattr(options, "teacher") else {}
    return catalog.load("objectives", name).build(options, classes, start, **more)


def find_teacher(config: RunConfig, dataset: Dataset, runs: Path, device: torch.device, source: str) -> Model:
    """The teacher in eval mode, on the device; nothing of it trains.

    source: a run's id, ID/best, or a file with weights for the config's own model.
    Raises ValueError that names the teacher where it does not fit the data or its weights do not fit the network.
    """
    config, about = network_of(config, runs, source)
    if about is not None:
        check_classes(source, about, dataset.classes)
        _check_normalisation(source, about, dataset)
    model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    match_to_data(model, dataset)
    model.load_state_dict(fitting_weights(model, config, runs, source), strict=False)
    return model.eval().requires_grad_(False).to(device).to(memory_format=layout(config))


def network_of(config: RunConfig, runs: Path, source: str) -> tuple[RunConfig, dict[str, Any] | None]:
    """The config of the teacher's network, and what its run tells of its data; of a file, `config` and None."""
    run, _, _ = unquoted(source).partition("/")
    if not all_runs.RUN_ID.fullmatch(run):
        return config, None
    folder = example_run.find_to_read(runs, run)
    return resolve(folder.config()), folder.environment().get("data", {})


def fitting_weights(model: Model, config: RunConfig, runs: Path, source: str) -> dict[str, Tensor]:
    """The teacher's weights for its network, which may be on the meta device. Raises ValueError unless all fit."""
    own = model.state_dict()
    weights, _ = without_wrappers(weight_source.find_weights(source, runs).weights, own)
    fits = {name: value for name, value in weights.items() if name in own and own[name].shape == value.shape}
    unfit = [name for name in own if name not in fits and not load_weights.is_optional(name)]
    if unfit:
        raise ValueError(
            f"teacher {source!r} does not fit the network of {config.model['name']}: {len(unfit)} of its {len(own)} "
            f"weights are missing or of another shape, first {unfit[0]}; a saved run knows its own network"
        )
    load_weights.check_weights(model, fits, same_classes=True)
    return fits


def check_classes(source: str, about: dict[str, Any], classes: list[str]) -> None:
    """A teacher must have learned the same classes."""
    if about.get("classes") != list(classes):
        raise ValueError(
            f"teacher {source!r} learned other classes ({listed(about.get('classes') or [])}) than these data have "
            f"({listed(classes)})"
        )


def _check_normalisation(source: str, about: dict[str, Any], dataset: Dataset) -> None:
    """A teacher must have learned from images of the same kind."""
    ours = [*dataset.mean, *dataset.std]
    theirs = [*about.get("mean", []), *about.get("std", [])]
    if len(ours) != len(theirs) or not all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(ours, theirs, strict=True)):
        raise ValueError(f"teacher {source!r} learned from images that were normalised in another way")
