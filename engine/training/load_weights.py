"""Starting weights: which of them fit a model, what stays random, and when they are refused."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.messages.coded_error import CodedError
from engine.models._model import Model
from engine.stages.model_parts import owner

FEW = 0.01  # of a model without attention and head
SHOWN = 3  # names in a message
MOST_UNFIT = 100  # names in an event


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

    def as_event(self) -> dict[str, list[str]]:
        """The values of the event `weights`."""
        return {
            "parts": self.parts, "partly": self.partly, "random": self.missed,
            "unfit": without_optional(self.unfit)[:MOST_UNFIT],
        }  # fmt: skip

    @property
    def partly(self) -> list[str]:
        """The parts of which some was loaded and some stayed random."""
        return [part for part in self.random_parts if without_optional(self.loaded[part])]

    @property
    def random_parts(self) -> list[str]:
        """The parts of which anything stayed random."""
        return [part for part, names in self.random.items() if names]

    @property
    def missed(self) -> list[str]:
        """The parts of which everything stayed random."""
        return [part for part in self.random_parts if not without_optional(self.loaded[part])]


def load_starting_weights(model: Model, weights: dict[str, Tensor], same_classes: bool) -> Loaded:
    """Copy every weight whose name and shape fit; all others stay as they are and are listed by part.

    The head is loaded only where it was trained for the same classes. Raises ValueError as check_weights does.
    """
    check_weights(model, weights, same_classes)
    model.load_state_dict(fitting(model, weights, same_classes), strict=False)
    return match_weights(model, weights, same_classes)


def check_weights(model: Model, weights: dict[str, Tensor], same_classes: bool) -> None:
    """Raise ValueError where nothing of the weights fits the model, or what fits is not finite.

    A few that fit by accident are nothing: less than half of the weights, in less than a hundredth of the model
    without its attention and head.
    """
    own, fits = model.state_dict(), fitting(model, weights, same_classes)
    theirs = without_optional(weights)
    if not theirs:
        raise CodedError("weights_empty")
    useful = without_optional(fits)
    body = {name: value.numel() for name, value in own.items() if owner(name, model.parts) not in ("attention", "head")}
    filled = sum(body.get(name, 0) for name in useful)
    by_accident = filled < FEW * sum(body.values()) and len(useful) < len(theirs) / 2
    if not useful or by_accident:
        here, there = (", ".join(names[:SHOWN]) for names in (without_optional(own), theirs))
        raise CodedError("weights_fit_nothing", count=len(theirs), theirs=there, ours=here)
    broken = [name for name, value in fits.items() if not _is_finite(value, own[name].dtype)]
    if broken:
        raise CodedError("weights_not_finite", name=broken[0], count=len(broken))


def _is_finite(value: Tensor, dtype: torch.dtype) -> bool:
    """Whether all numbers are finite, also once they are rounded to the dtype of the network."""
    return value.is_meta or not value.is_floating_point() or bool(value.to(dtype).isfinite().all())


def match_weights(model: Model, weights: dict[str, Tensor], same_classes: bool) -> Loaded:
    """What `load_starting_weights` would load, and what not. Only names and shapes are looked at."""
    fits = fitting(model, weights, same_classes)
    result = Loaded(
        {part: [] for part in model.parts}, {part: [] for part in model.parts}, sorted(set(weights) - set(fits))
    )
    for name in model.state_dict():
        if name in fits or not is_optional(name):
            (result.loaded if name in fits else result.random)[owner(name, model.parts)].append(name)
    return result


def is_optional(name: str) -> bool:
    """Whether older files lack it and its usual value then holds: BatchNorm's count of batches, on which no answer
    depends, and how CLIP's head reads its rows."""
    return name.endswith(("num_batches_tracked", "head.raw_rows"))


def without_optional(names: Iterable[str]) -> list[str]:
    return [name for name in names if not is_optional(name)]


def fitting(model: Model, weights: dict[str, Tensor], same_classes: bool = True) -> dict[str, Tensor]:
    """Those of the weights whose name, shape and kind of number fit; of larger kernels the centre, where the model asks
    for that."""
    own, centred = model.state_dict(), getattr(model, "centred", ())
    found = {
        name: centre_of_kernels(value, own[name].shape) if name in centred else value
        for name, value in weights.items()
        if name in own
    }
    return {
        name: value
        for name, value in found.items()
        if own[name].shape == value.shape
        and own[name].is_floating_point() == value.is_floating_point()  # no quantised ones, no masks
        and (same_classes or owner(name, model.parts) != "head")
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
