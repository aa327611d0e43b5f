"""The parts of a network that a library built, found by running it once without weights.

Modules that run one after another at one resolution are a layer; before them stands the stem, and what holds the last
weights is the head. In networks of tokens, which have one resolution throughout, every block is a layer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

Resolution = tuple[int, int] | Literal["tokens", "vector"]


LARGE, MOST, NEARLY_ALL = 0.1, 0.5, 0.9  # shares of all weights before the head


class Ran(NamedTuple):
    """What a module gave: its resolution, how many channels where these come first, and how often it ran."""

    resolution: Resolution
    width: int | None
    times: int


@dataclass(frozen=True)
class Structure:
    """parts: as every model tells them. ends: the last module of each layer and its width, where all layers give maps
    (B, C, H, W); else empty."""

    parts: dict[str, list[str]]
    ends: dict[str, tuple[str, int]]


def find_structure(model: nn.Module, image: Tensor) -> Structure:
    """The structure of a network, which is run with one square image; both may be on the meta device."""
    return Finder(model, run(model, image)).structure()


@torch.no_grad()
def run(model: nn.Module, image: Tensor) -> dict[str, Ran]:
    """What each module gave when it first ran, in the order in which they ended. Leaves hooks in the model."""
    ran: dict[str, Ran] = {}

    def see(path: str, output: Any) -> None:
        ran[path] = Ran(*_shape(output), times=ran[path].times + 1 if path in ran else 1)

    for path, module in model.named_modules():
        module.register_forward_hook(lambda module, inputs, output, path=path: see(path, output))
    model.eval()(image)
    return ran


def _shape(output: Any) -> tuple[Resolution, int | None]:
    """Maps are told from their transposed form by being square, as the image is."""
    match tuple(output.shape) if isinstance(output, Tensor) else ():
        case (_, _) | (_, _, 1, 1):
            return "vector", None
        case (_, channels, height, width) if height == width:
            return (height, width), channels
        case (_, height, width, _) if height == width:
            return (height, width), None
    return "tokens", None


class Finder:
    """What is known of a network while its structure is found. Units are the modules of which layers are made."""

    def __init__(self, model: nn.Module, ran: dict[str, Ran]) -> None:
        self.model, self.ran = model, ran
        self.modules = dict(model.named_modules(remove_duplicate=False))
        self.weights = dict.fromkeys(self.modules, 0)
        for name, value in model.state_dict().items():
            for path in _prefixes(name):
                self.weights[path] += value.numel()
        innermost = [path for path in ran if self.weights[path] and self.is_leaf(path)]
        self.head = innermost[-1].split(".")[0]
        before_head = [path for path in self.children("") if path != self.head and not self.is_vector(path)]
        self.inside = sum(self.weights[path] for path in before_head)

    def children(self, path: str) -> list[str]:
        return [f"{path}.{name}".lstrip(".") for name, _ in self.modules[path].named_children()]

    def is_leaf(self, path: str) -> bool:
        """Whether all its weights are its own, as in a convolution or a norm."""
        return not any(self.weights[child] for child in self.children(path))

    def is_vector(self, path: str) -> bool:
        return path in self.ran and self.ran[path].resolution == "vector"

    def is_container(self, path: str) -> bool:
        """Whether a module is only the place of others, each of which is to be looked at."""
        share = self.weights[path] / self.inside if self.inside else 0
        if path not in self.ran:
            return not self.is_leaf(path)
        if self.ran[path].resolution == "tokens":
            return share >= MOST  # an encoder, not one of its blocks
        if not isinstance(self.modules[path], nn.Sequential):
            return False
        resolutions = {self.ran[child].resolution for child in self.children(path) if child in self.ran}
        changes = share >= LARGE and len(resolutions) > 1  # large, as a stem may change the resolution, too
        return changes or share >= NEARLY_ALL

    def take_apart(self, path: str = "") -> Iterator[str]:
        """The units in a container."""
        for child in self.children(path):
            if child == self.head:
                continue
            if self.is_container(child):
                yield from self.take_apart(child)
            else:
                yield child

    def structure(self) -> Structure:
        units = list(self.take_apart())
        ran = sorted((unit for unit in units if unit in self.ran), key=list(self.ran).index)
        groups = self.group([unit for unit in ran if not self.is_vector(unit)])
        names = ["stem", *(f"layer{number}" for number in range(1, len(groups)))]
        parts = {name: self.with_weights(group) for name, group in zip(names, groups, strict=True)}
        parts["head"] = self.with_weights([unit for unit in units if unit not in ran or self.is_vector(unit)])
        parts["head"].append(self.head)
        held = [path for paths in parts.values() for path in paths]
        parts["stem"] = [*self.loose(held), *parts["stem"]]
        ends = {}
        for name, group in zip(names[1:], groups[1:], strict=True):
            last = [unit for unit in group if self.ran[unit].times == 1][-1:]
            if last and (width := self.ran[last[0]].width):
                ends[name] = last[0], width
        return Structure(parts, ends if len(ends) == len(names) - 1 else {})

    def with_weights(self, units: list[str]) -> list[str]:
        return [unit for unit in units if self.weights[unit]]

    def loose(self, held: list[str]) -> list[str]:
        """Weights of what was taken apart, such as the positions of tokens."""
        return [name for name in self.model.state_dict() if not any(f"{name}.".startswith(f"{path}.") for path in held)]

    def group(self, units: list[str]) -> list[list[str]]:
        """Units in the order in which they run, those of the stem first, then those of each layer."""
        weighty = [unit for unit in units if not self.is_leaf(unit)]
        isotropic = len({self.ran[unit].resolution for unit in weighty[1:]}) == 1
        groups: list[list[str]] = [[]]
        before: Resolution | None = None
        for unit in units:
            resolution = self.ran[unit].resolution
            starts = resolution != before or ((isotropic or resolution == "tokens") and not self.is_leaf(unit))
            ends_stem = len(groups) == 1 and not self.is_leaf(unit)
            if self.with_weights(groups[-1]) and (starts or ends_stem):
                groups.append([])
            groups[-1].append(unit)
            before = resolution
        return [group for group in groups if self.with_weights(group)]


def _prefixes(name: str) -> list[str]:
    """The paths of all modules that hold a weight, the model itself, which has no name, first."""
    words = name.split(".")[:-1]
    return [".".join(words[:count]) for count in range(len(words) + 1)]
