"""Networks that a library builds, with parts, places for attention behind their layers, and the library's weights."""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from filelock import FileLock
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.models._model import Model
from engine.models._slots import AttentionSlot
from engine.models._structure import Structure


@dataclass(frozen=True)
class Source:
    """Trained weights that a library offers.

    address: where they are. file: what they are called here. download: fetches them to a path.
    load: reads that file and fits it to the network's channels and image size, by name. data: mean, std and image_size
    of the images that they were trained on, as far as the library tells.
    """

    address: str
    file: str
    download: Callable[[Path], None]
    load: Callable[[Path], dict[str, Tensor]]
    data: dict[str, Any]


def check_name(architecture: str, known: Iterable[str], library: str) -> None:
    """Raises ValueError, with near names, if the library has no such network."""
    known = list(known)
    if architecture in known:
        return
    near = ", ".join(map(repr, difflib.get_close_matches(architecture, known, n=3, cutoff=0.5)))
    hint = f"did you mean {near}?" if near else f"it has {len(known)}, such as {known[0]!r} and {known[-1]!r}"
    raise ValueError(f"architecture {architecture!r} is unknown to {library}; {hint}")


def on_meta(make: Callable[[], nn.Module]) -> nn.Module:
    """A network without weights: only shapes."""
    try:
        with torch.device("meta"):
            return make()
    except NotImplementedError:  # some compute their widths with tensors, which needs numbers
        with torch.device("cpu"):
            return make().to("meta")


def wants_no_weights() -> bool:
    """Whether only shapes are asked for, as counting and checking do."""
    return torch.get_default_device().type == "meta"


def check_fit(make: Callable[[], nn.Module], channels: int, image_size: int, architecture: str) -> nn.Module:
    """The network without weights. Raises ValueError if it cannot take such images."""
    try:
        network = on_meta(make)
        with torch.no_grad(), torch.device("meta"):
            network.eval()(torch.zeros(2, channels, image_size, image_size))
    except (RuntimeError, ValueError, AssertionError, IndexError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        raise ValueError(
            f"architecture {architecture!r} does not fit images of {image_size}x{image_size} pixels: {reason}. "
            "Choose another architecture, or a data set with larger images"
        ) from error
    return network


def fitting(network: nn.Module, weights: dict[str, Tensor]) -> list[str]:
    """The names under which both have a weight of the same shape."""
    own = network.state_dict()
    return [name for name, value in weights.items() if name in own and own[name].shape == value.shape]


def adopt(
    network: Any, structure: Structure, sources: dict[str, Source], filled: Iterable[str], centred: Iterable[str] = ()
) -> Model:
    """The network with `parts`, an empty place for attention behind each layer, and the library's trained weights.

    The names of its weights stay, so that files of the library fit. filled: the names that the sources have; centred:
    those of larger kernels, of which the centre is taken.
    """
    assert not hasattr(network, "attention")
    network.parts = structure.parts
    network.attention = nn.ModuleDict()
    for layer, (path, width) in structure.ends.items():
        network.attention[layer] = AttentionSlot(width, "layer")
        network.get_submodule(path).register_forward_hook(partial(_pass_on, network.attention, layer))
    empty = set(network.state_dict()) - set(filled)
    network.library_weights = list(sources)
    network.centred = list(centred)
    network.library_parts = [
        part
        for part, paths in structure.parts.items()
        if not any(f"{name}.".startswith(f"{path}.") for path in paths for name in empty)
    ]
    network.fetch = partial(fetch, sources)
    network.about_weights = lambda name: sources[name].data
    return network


def _pass_on(places: nn.ModuleDict, layer: str, module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
    return places[layer](output)


def fetch(sources: dict[str, Source], name: str, folder: Path) -> Path:
    """A file of the library's weights that fit the network; what they are made of is downloaded to `folder` once.

    Raises ValueError that says what to do by hand.
    """
    source = sources[name]
    folder.mkdir(parents=True, exist_ok=True)
    theirs = folder / source.file
    with FileLock(f"{theirs}.lock"):
        try:
            if not theirs.exists():
                source.download(theirs)
            weights = source.load(theirs)
        except (OSError, RuntimeError, EOFError, UnpicklingError, SafetensorError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(
                f"weights: {name} could not be had from {source.address} ({reason}). Try again, or download them on "
                f"another computer and put them here: {theirs}"
            ) from error
        fitted = folder / f"{theirs.stem}.fitted.safetensors"
        save_file({key: value.contiguous() for key, value in weights.items()}, fitted)
    return fitted
