"""What people should know of starting weights before they trust them: where they differ from what is trained here."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from engine.messages.events import event_text
from engine.messages.listed import listed
from engine.training.load_weights import Loaded
from engine.training.weight_source import Found

CLOSE = 1e-4  # of means and deviations: these were rounded by somebody


class Remark(NamedTuple):
    """what and values say the sentence, as those of an event `weights_remark` do."""

    what: str
    values: dict[str, Any]

    @property
    def message(self) -> str:
        return event_text("weights_remark", self.values | {"what": self.what})


def remarks(found: Found, loaded: Loaded, ours: dict[str, Any]) -> list[Remark]:
    """Everything to be said. ours: as far as it is known, classes, mean, std and image_size of the data here, and the
    activation that the architecture alone would have, where it has one of several."""
    result = []
    if found.wrappers:
        result.append(Remark("unwrapped", {"wrappers": ", ".join(found.wrappers)}))
    if found.unused:
        result.append(Remark("unused", {"names": ", ".join(found.unused)}))
    result += _of_parts(loaded) + _of_classes(found, loaded, ours)
    theirs = found.data
    if all(source.get(key) for source in (theirs, ours) for key in ("mean", "std")):
        result += _of_normalisation(theirs, ours)
    result += _of_activation(theirs, ours)
    sizes = theirs.get("image_size"), ours.get("image_size")
    if all(sizes) and sizes[0] != sizes[1]:
        result.append(Remark("image_size", dict(zip(("theirs", "ours"), sizes, strict=True))))
    return result


def _of_parts(loaded: Loaded) -> list[Remark]:
    """The head is spoken of with its classes."""
    groups = {"unfit": loaded.missed, "partly": loaded.partly}
    return [
        Remark(what, {"parts": ", ".join(named)})
        for what, parts in groups.items()
        if (named := [part for part in parts if part != "head"])
    ]


def _of_classes(found: Found, loaded: Loaded, ours: dict[str, Any]) -> list[Remark]:
    known, here, has_head = found.data.get("classes"), ours.get("classes"), bool(loaded.loaded.get("head"))
    if known is None:
        return [Remark("classes_unknown", {})] if has_head and not found.settled else []
    if here is None or known == here or (found.settled and has_head):
        return []
    return [Remark("classes", {"theirs": listed(known), "ours": listed(here)})]


def _of_normalisation(theirs: dict[str, Any], ours: dict[str, Any]) -> list[Remark]:
    channels = len(ours["mean"])
    wanted = [for_channels(theirs[key], channels) for key in ("mean", "std")]
    here = [ours["mean"], ours["std"]]
    pairs = zip(chain(*wanted), chain(*here), strict=True)
    if all(math.isclose(a, b, abs_tol=CLOSE) for a, b in pairs):
        return []
    names = ("their_mean", "their_std", "mean", "std")
    return [Remark("normalisation", dict(zip(names, map(_written, [*wanted, *here]), strict=True)))]


def _of_activation(theirs: dict[str, Any], ours: dict[str, Any]) -> list[Remark]:
    wanted, named = theirs.get("activation"), ours.get("activation")
    if named is None or wanted == named:
        return []
    if wanted is None:
        return [Remark("activation_unknown", {"ours": named})]
    return [Remark("activation", {"theirs": wanted, "ours": named})]


def for_channels(values: Sequence[float], channels: int) -> list[float]:
    """Means or deviations of colours for so many channels: grey takes their mean, colours repeat that of grey."""
    if len(values) == channels:
        return list(values)
    return [sum(values) / len(values)] * channels


def _written(values: Sequence[float]) -> str:
    """As the command line takes a list."""
    return f"[{','.join(f'{round(value, 6):g}' for value in values)}]"
