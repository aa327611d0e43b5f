"""What the engine takes for a model, and what some models can do besides."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn


class Model(nn.Module):
    """A network that names its parts, from input to output, each with the paths of its modules and parameters.

    Networks of libraries have classes of their own; `_library.adopt` makes them what is meant here.
    """

    parts: dict[str, list[str]]


@runtime_checkable
class ReadsClasses(Protocol):
    """A model that makes its last layer of the names of the classes."""

    def set_classes(self, names: list[str]) -> None: ...


@runtime_checkable
class Normalises(Protocol):
    """A model that was trained with a mean and deviation of its own; None where it takes those of the data set."""

    def normalisation(self, channels: int) -> tuple[list[float], list[float]] | None: ...


@runtime_checkable
class FollowsWeights(Protocol):
    """A model whose activation and normalisation depend on which of the library's weights it starts from.

    activation: what it computes with.
    """

    activation: str

    def follow(self, source: str) -> None: ...


@runtime_checkable
class Adopts(Protocol):
    """A model that brings weights from elsewhere under its own names."""

    def adopt(self, weights: dict[str, Tensor], same_classes: bool) -> dict[str, Tensor]: ...

    def names_elsewhere(self) -> set[str]: ...


@runtime_checkable
class KnowsWeights(Protocol):
    """A model for which a library has trained weights, by name.

    about_weights: as far as the library knows, mean, std and image_size of the images that they were trained on.
    """

    @property
    def library_weights(self) -> list[str]: ...

    def fetch(self, name: str, folder: Path) -> Path: ...

    def about_weights(self, name: str) -> dict[str, Any]: ...
