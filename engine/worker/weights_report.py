"""Before the start: what starting weights will fill, by part, what stays random, and what does not fit and why."""

from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor

from engine.config.run_config import RunConfig
from engine.datasets._normalisation import chosen, decided
from engine.messages.coded_error import CodedError
from engine.messages.events import event_text
from engine.models._model import Adopts, KnowsWeights, Model, Normalises
from engine.options import DatasetOptions
from engine.training import load_weights, weight_remarks, weight_source
from engine.training.load_weights import Loaded
from engine.training.weight_remarks import Remark
from engine.training.weight_source import Found
from engine.worker.cache import Cache


@dataclass
class Prediction:
    """What config.weights will load. on_start: whether the weights come with the start of the training, so that what is
    told rests on their library's word. remarks: what people should know of them."""

    found: Found
    loaded: Loaded
    on_start: bool
    remarks: list[Remark]

    def lines(self) -> list[str]:
        """As the command line says it."""
        said = [event_text("weights", self.loaded.as_event()), *(remark.message for remark in self.remarks)]
        return [f"  {line}" for line in said]


def predict(model: Model, config: RunConfig, cache: Cache) -> Prediction:
    """For a model on the meta device. Never downloads. Raises ValueError where the weights are of no use."""
    here = _here(model, config, cache)
    classes = here.get("classes") or list(config.data["classes"]) or None
    source = config.weights
    library = model if isinstance(model, KnowsWeights) else None
    if library and source in library.library_weights:
        found = Found({}, library.about_weights(source), settled=isinstance(model, Adopts))
        loaded = _by_library(model)
        return Prediction(found, loaded, True, weight_remarks.remarks(found, loaded, here))
    found = weight_source.find_weights(source, cache.runs, library.library_weights if library else [])
    found = weight_source.for_model(model, found, classes)
    same = found.same_classes(classes)
    load_weights.check_weights(model, found.weights, same)
    loaded = load_weights.match_weights(model, found.weights, same)
    return Prediction(found, loaded, False, weight_remarks.remarks(found, loaded, here))


def _here(model: Model, config: RunConfig, cache: Cache) -> dict[str, Any]:
    """What a training will know of its data, as far as it is known before it, and the architecture's activation."""
    about = cache.about(config) | {"activation": weight_source.named_activation(config)}
    if isinstance(model, Normalises) and about.get("mean"):
        options = cast(DatasetOptions, config.part("data")[1])
        own, of_data = model.normalisation(len(about["mean"])), (about["mean"], about["std"])
        about["mean"], about["std"] = decided(chosen(options), own, of_data)
    return about


def report(model: Model, config: RunConfig, cache: Cache) -> dict[str, Any]:
    """parts: name, loaded (how many tensors), random (their names). unfit: name, why (`name`, `shape`, `numbers` or
    `classes`), shape, wanted (None where the network has no such name). on_start: as above. error: why there is nothing
    to tell; told: its code and values, where it has them.

    model: on the meta device. Never downloads.
    """
    try:
        found = predict(model, config, cache)
    except ValueError as error:
        told = error.as_dict() if isinstance(error, CodedError) else None
        return {
            "source": config.weights,
            "parts": [],
            "unfit": [],
            "on_start": False,
            "error": str(error),
            "told": told,
        }
    own, loaded, needed = model.state_dict(), found.loaded, load_weights.without_optional
    return {
        "source": config.weights, "on_start": found.on_start, "error": None, "told": None,
        "parts": [
            {"name": part, "loaded": len(needed(loaded.loaded[part])), "random": loaded.random[part]}
            for part in model.parts
        ],
        "unfit": [_unfit(name, found.found.weights[name], own.get(name)) for name in needed(loaded.unfit)],
    }  # fmt: skip


def _by_library(model: Model) -> Loaded:
    """The library's word: parts for which it has everything are loaded, of others we only know that they will not be
    complete."""
    complete = getattr(model, "library_parts", list(model.parts))
    result = load_weights.match_weights(model, {}, same_classes=True)
    for part in complete:
        result.loaded[part], result.random[part] = result.random[part], []
    return result


def _unfit(name: str, value: Tensor, own: Tensor | None) -> dict[str, Any]:
    return {
        "name": name, "why": _why(value, own), "shape": list(value.shape),
        "wanted": None if own is None else list(own.shape),
    }  # fmt: skip


def _why(value: Tensor, own: Tensor | None) -> str:
    if own is None or own.shape != value.shape:
        return "name" if own is None else "shape"
    return "classes" if own.is_floating_point() == value.is_floating_point() else "numbers"
