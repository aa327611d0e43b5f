"""Where starting weights come from: a saved run, a file, or a model's library; and what is known of them."""

import os
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine import catalog
from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.messages.coded_error import CodedError
from engine.messages.suggestion import near
from engine.models._model import Adopts, FollowsWeights, KnowsWeights, Model
from engine.runs import all_runs, example_run
from engine.runs.run_folder import RunFolder
from engine.training import checkpoint
from engine.training.weight_names import without_wrappers
from engine.typed_path import typed_path, unquoted


@dataclass(frozen=True)
class Found:
    """Weights by name.

    data: as far as it is known, of the images that they were trained on, classes, mean, std, image_size, and the
    activation that they want. wrappers: what was taken off around them. unused: other weights in the same file.
    settled: whether the model itself has seen to its head.
    """

    weights: dict[str, Tensor]
    data: dict[str, Any] = field(default_factory=dict)
    wrappers: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    settled: bool = False

    def same_classes(self, classes: list[str] | None) -> bool:
        """Whether their head is for these classes, as far as it is known."""
        theirs = self.data.get("classes")
        return self.settled or theirs is None or classes is None or theirs == classes


def weights_for(model: Model, source: str, classes: list[str] | None, runs: Path, data: Path) -> Found:
    """Weights for a model from a source, under the model's own names.

    Beside what `find_weights` takes, the source may be a name that the model knows; its file is kept in `data`.
    """
    library = model if isinstance(model, KnowsWeights) else None
    names = library.library_weights if library else []
    if library and source in names:
        file = library.fetch(source, data / "weights")
        found = Found(checkpoint.read_weights_file(file), library.about_weights(source))
    else:
        found = find_weights(source, runs, names)
    return for_model(model, found, classes)


def for_model(model: Model, found: Found, classes: list[str] | None) -> Found:
    """The same weights under the names that the model has for them; of a model on the meta device, only shapes."""
    names = set(model.state_dict())
    names |= model.names_elsewhere() if isinstance(model, Adopts) else set()
    weights, wrappers = without_wrappers(found.weights, names)
    if isinstance(model, Adopts):
        with torch.device("meta") if next(model.parameters()).is_meta else nullcontext():
            weights = model.adopt(weights, found.same_classes(classes))
    theirs = found.data.get("activation")
    if isinstance(model, FollowsWeights) and theirs not in (None, model.activation):
        raise CodedError("weights_activation", theirs=theirs, ours=model.activation)
    return replace(found, weights=weights, wrappers=[*found.wrappers, *wrappers], settled=isinstance(model, Adopts))


def find_weights(source: str, runs: Path, library: Iterable[str] = ()) -> Found:
    """Weights from a saved run (`ID` for its last checkpoint, `ID/best`) or a .safetensors or .pth file.

    library: names that would do as well. Raises ValueError that names the source and what is there.
    """
    run, _, which = unquoted(source).partition("/")
    if all_runs.RUN_ID.fullmatch(run):
        folder = example_run.find_to_read(runs, run)
        weights = checkpoint.load_weights(folder.find_checkpoint(which or "last"))
        return Found(weights, data_of(folder))
    path = typed_path(source)
    if not os.path.isfile(path):  # Path.is_file raises where no file could have such a name
        names = sorted(library)
        known = f", nor a name that the model knows{near(source, names)}; known: {', '.join(names)}"
        raise ValueError(f"weights: {source!r} is neither the id of a saved run nor a file{known if names else ''}")
    weights, opened, unused = checkpoint.open_weights_file(path)
    return Found(weights, _data_beside(path), opened, unused)


def data_of(folder: RunFolder) -> dict[str, Any]:
    """What a run tells of the data it was trained on, as far as it came to know them, and of its activation."""
    environment = folder.environment()
    about = environment.get("data")
    with suppress(ValueError, OSError):  # a config that is damaged or of another version
        known = environment.get("activation") or named_activation(resolve(folder.config()))
        return (about if isinstance(about, dict) else {}) | ({"activation": known} if known else {})
    return about if isinstance(about, dict) else {}


def named_activation(config: RunConfig) -> str | None:
    """The activation of a config's architecture, where the same architecture is there with several."""
    name, options = config.part("model")
    tell = getattr(catalog.load("models", name), "activation", None)
    return tell(options) if tell else None


def _data_beside(path: Path) -> dict[str, Any]:
    """What the run tells in whose folder a file lies, where it lies in one."""
    homes = [RunFolder(folder) for folder in path.resolve().parents[:3] if all_runs.RUN_ID.fullmatch(folder.name)]
    return data_of(homes[0]) if homes else {}
