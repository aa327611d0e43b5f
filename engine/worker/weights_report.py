"""Before the start: what starting weights will fill, by part, what stays random, and what does not fit and why."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.config.run_config import RunConfig
from engine.models._model import Adopts, Model
from engine.training import load_weights
from engine.worker.cache import Cache


def report(model: Model, config: RunConfig, cache: Cache) -> dict[str, Any]:
    """parts: name, loaded (how many tensors), random (their names). unfit: name, why (`name`, `shape` or `classes`),
    shape, wanted (None where the network has no such name). on_start: whether the weights come with the start of the
    training, so that what is told rests on their library's word. error: why there is nothing to tell.

    model: on the meta device. Never downloads.
    """
    classes = None
    with suppress(ValueError, OSError):  # not on this computer yet
        classes = cache.dataset(config).classes
    try:
        found, weights = _predict(model, config, cache.runs, classes)
    except ValueError as error:
        return {"source": config.weights, "parts": [], "unfit": [], "on_start": False, "error": str(error)}
    own = model.state_dict()
    return {
        "source": config.weights, "on_start": weights is None, "error": None,
        "parts": [
            {"name": part, "loaded": len(_weights(found.loaded[part])), "random": found.random[part]}
            for part in model.parts
        ],
        "unfit": [_unfit(name, (weights or {})[name], own.get(name)) for name in _weights(found.unfit)],
    }  # fmt: skip


def _weights(names: list[str]) -> list[str]:
    """Without BatchNorm's counters of batches, which fit everywhere and mean nothing to a network."""
    return [name for name in names if not load_weights.is_counter(name)]


def predicted_load(model: Model, config: RunConfig, runs: Path) -> load_weights.Loaded:
    """What config.weights will load into a model on the meta device. Raises ValueError where it cannot be."""
    return _predict(model, config, runs, None)[0]


def _predict(
    model: Model, config: RunConfig, runs: Path, classes: list[str] | None
) -> tuple[load_weights.Loaded, dict[str, Tensor] | None]:
    """Also the weights; None instead where they are a library's, which are only fetched when a training starts.

    classes: the names of the data set's, where they are known.
    """
    source, library = config.weights, getattr(model, "library_weights", ())
    if source in library:
        return _by_library(model), None
    weights, theirs = load_weights.find_weights(source, runs, library)
    classes = classes or list(config.data["classes"]) or None
    same = theirs is None or classes is None or theirs == classes
    if isinstance(model, Adopts):
        with torch.device("meta"):
            weights, same = model.adopt(weights, same_classes=same), True
    return load_weights.match_weights(model, weights, same), weights


def _by_library(model: Model) -> load_weights.Loaded:
    """The library's word: parts for which it has everything are loaded, of others we only know that they will not be
    complete."""
    complete = getattr(model, "library_parts", list(model.parts))
    result = load_weights.match_weights(model, {}, same_classes=True)
    for part in complete:
        result.loaded[part], result.random[part] = result.random[part], []
    return result


def _unfit(name: str, value: Tensor, own: Tensor | None) -> dict[str, Any]:
    why = "name" if own is None else "classes" if own.shape == value.shape else "shape"
    return {"name": name, "why": why, "shape": list(value.shape), "wanted": None if own is None else list(own.shape)}
