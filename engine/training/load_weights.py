"""Starting weights: where they come from, which of them fit a model, and what stays random."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.messages.suggestion import near
from engine.models._model import Adopts, KnowsWeights, Model
from engine.runs import all_runs
from engine.stages.model_parts import owner
from engine.training import checkpoint


@dataclass
class Loaded:
    """What became of starting weights: names by part that were loaded, stayed random, or did not fit.

    Counters that are missing are no gap: neither loaded nor random.
    """

    loaded: dict[str, list[str]]
    random: dict[str, list[str]]
    unfit: list[str]

    @property
    def parts(self) -> list[str]:
        """The parts of which everything was loaded."""
        return [part for part, names in self.loaded.items() if names and not self.random[part]]

    @property
    def random_parts(self) -> list[str]:
        """The parts of which anything stayed random."""
        return [part for part, names in self.random.items() if names]


def load_starting_weights(model: Model, weights: dict[str, Tensor], same_classes: bool) -> Loaded:
    """Copy every weight whose name and shape fit; all others stay as they are and are listed by part.

    The head is loaded only where it was trained for the same classes.
    """
    model.load_state_dict(fitting(model, weights, same_classes), strict=False)
    return match_weights(model, weights, same_classes)


def match_weights(model: Model, weights: dict[str, Tensor], same_classes: bool) -> Loaded:
    """What `load_starting_weights` would load, and what not. Only names and shapes are looked at."""
    fits = fitting(model, weights, same_classes)
    result = Loaded(
        {part: [] for part in model.parts}, {part: [] for part in model.parts}, sorted(set(weights) - set(fits))
    )
    for name in model.state_dict():
        if name in fits or not is_counter(name):
            (result.loaded if name in fits else result.random)[owner(name, model.parts)].append(name)
    return result


def is_counter(name: str) -> bool:
    """Whether it is BatchNorm's count of batches, which older files lack and no answer depends on."""
    return name.endswith("num_batches_tracked")


def fitting(model: Model, weights: dict[str, Tensor], same_classes: bool = True) -> dict[str, Tensor]:
    """Those of the weights whose name and shape fit; of larger kernels the centre, where the model asks for that."""
    own, centred = model.state_dict(), getattr(model, "centred", ())
    found = {
        name: centre_of_kernels(value, own[name].shape) if name in centred else value
        for name, value in weights.items()
        if name in own
    }
    return {
        name: value
        for name, value in found.items()
        if own[name].shape == value.shape and (same_classes or owner(name, model.parts) != "head")
    }


def centre_of_kernels(kernel: Tensor, shape: torch.Size) -> Tensor:
    """The middle of larger convolution kernels (O, I, k, k), scaled to the length that the whole kernels had.

    What is not larger stays as it is.
    """
    if kernel.ndim != 4 or len(shape) != 4 or kernel.shape[:2] != shape[:2] or kernel.shape[-1] <= shape[-1]:
        return kernel
    edge = (kernel.shape[-1] - shape[-1]) // 2
    middle = kernel[:, :, edge : edge + shape[-2], edge : edge + shape[-1]]
    lengths = (part.flatten(1).norm(dim=1).clamp_min(1e-12)[:, None, None, None] for part in (kernel, middle))
    whole, inner = lengths
    return middle * (whole / inner)


def weights_for(
    model: Model, source: str, classes: list[str], runs: Path, data: Path
) -> tuple[dict[str, Tensor], bool]:
    """Weights for a model from a source, under the model's own names, and whether they are for the same classes.

    Beside what `find_weights` takes, the source may be a name that the model knows; its file is kept in `data`.
    """
    library = model if isinstance(model, KnowsWeights) else None
    names = library.library_weights if library else []
    if library and source in names:
        weights, their_classes = checkpoint.read_weights_file(library.fetch(source, data / "weights")), None
    else:
        weights, their_classes = find_weights(source, runs, names)
    same_classes = their_classes in (None, classes)
    return (model.adopt(weights, same_classes), True) if isinstance(model, Adopts) else (weights, same_classes)


def find_weights(source: str, runs: Path, library: Iterable[str] = ()) -> tuple[dict[str, Tensor], list[str] | None]:
    """Weights by name from a saved run (`ID` for its last checkpoint, `ID/best`) or a .safetensors or .pth file.

    Also the names of the classes they were trained for, where a run tells them. library: names that would do as well.
    Raises ValueError that names the source and what is there.
    """
    run, _, which = source.partition("/")
    if all_runs.RUN_ID.fullmatch(run):
        folder = all_runs.find(runs, run)
        weights = checkpoint.load_weights(folder.find_checkpoint(which or "last"))
        return weights, folder.environment().get("data", {}).get("classes")
    path = Path(source).expanduser()
    if not path.is_file():
        names = sorted(library)
        known = f", nor a name that the model knows{near(source, names)}; known: {', '.join(names)}"
        raise ValueError(f"weights: {source!r} is neither the id of a saved run nor a file{known if names else ''}")
    return checkpoint.read_weights_file(path), None
