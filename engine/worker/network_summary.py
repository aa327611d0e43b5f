"""A network layer by layer, as people know it from torchinfo: shapes, parameters, multiply-adds, who trains when.

Everything is found by running one image through the network on the meta device: no weights, no data, no numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.maps.gates import attention_blocks
from engine.models._model import Model
from engine.stages import freezing, model_parts
from engine.worker import plan_summary, weights_report
from engine.worker.cache import Cache, Progress
from engine.worker.config_previews import Config
from engine.worker.passing_norms import passing_norms


def network(request: Config, cache: Cache, progress: Progress) -> dict[str, Any]:
    """Parts and layers of the config's network, and what its starting weights will fill. Never downloads.

    Of parts and layers: name; shape of what comes out, without the batch and channels first (None where it is no
    tensor); parameters;
    multiply_adds of one image; trains: the stages, from 1, in which some of it trains. trained: parameters by stage.
    """
    config = resolve(request.config)
    channels, classes, side = plan_summary.shape_of(config, cache.data)
    progress(0.1, "building the network without weights")
    model = plan_summary.without_weights(config, channels, classes, side)
    progress(0.4, "running one image through it")
    found = in_order(layers(model, torch.zeros(1, channels, side, side, device="meta")), model.parts)
    progress(0.8, "looking who trains when")
    trained = mark_trained(model, config, found)
    return {
        "input": [channels, side, side], "classes": classes, "trained": trained,
        "total": count(model.parameters()), "multiply_adds": sum(layer.work for layer in found),
        "parts": [as_part(name, found, attention_in(model, name)) for name in model.parts],
        "layers": [layer.as_row() for layer in found],
        "weights": weights_report.report(model, config, cache) if config.weights else None,
    }  # fmt: skip


def multiply_adds(model: nn.Module, image: Tensor) -> int:
    """Multiplications, each with its addition, that one forward pass needs; counted by torch, in matrix products and
    convolutions only, as papers do. To be asked on the meta device: the counter does not know some kernels of a CPU."""
    with torch.no_grad(), passing_norms(model), FlopCounterMode(display=False) as counter:
        model.eval().requires_grad_(False)(image)  # torch's counter stumbles over what wants gradients
    return counter.get_total_flops() // 2


# --- layers

WHOLE = "forward"  # what the model computes itself, in no module of its own


@dataclass
class Layer:
    """A module, or a parameter that is in none; work: its own multiply-adds, without those of modules inside it."""

    name: str
    kind: str
    shape: list[int] | None
    parameters: list[nn.Parameter]
    work: int = 0
    part: str = ""
    trains: list[int] = field(default_factory=list)

    def as_row(self) -> dict[str, Any]:
        return {"name": self.name, "part": self.part, "kind": self.kind, "shape": self.shape,
                "parameters": count(self.parameters), "multiply_adds": self.work, "trains": self.trains}  # fmt: skip


def count(parameters: Iterable[nn.Parameter]) -> int:
    return sum(parameter.numel() for parameter in parameters)


@dataclass
class Watch:
    """Follows an image through a network: which modules run, what they give, and how much each computes by itself."""

    counter: FlopCounterMode
    shapes: dict[str, list[int] | None] = field(default_factory=dict)  # in the order in which the modules began
    work: Counter[str] = field(default_factory=Counter)
    running: list[list[int]] = field(default_factory=list)  # of each: all work before it; work of modules inside it

    def enter(self, path: str) -> None:
        self.shapes.setdefault(path, None)
        self.running.append([self.counter.get_total_flops() // 2, 0])

    def leave(self, path: str, output: Any) -> None:
        before, inside = self.running.pop()
        work = self.counter.get_total_flops() // 2 - before
        self.work[path] += work - inside
        if self.running:
            self.running[-1][1] += work
        output = output[0] if isinstance(output, tuple) and output else output
        if isinstance(output, Tensor) and self.shapes[path] is None:
            self.shapes[path] = channels_first(list(output.shape[1:]))


def channels_first(shape: list[int]) -> list[int]:
    """A shape of maps as (C, h, w), also of networks that have channels last; these are told by square maps."""
    match shape:
        case [height, width, channels] if height == width != channels:
            return [channels, height, width]
    return shape


@contextmanager
def watched(model: nn.Module, watch: Watch) -> Iterator[None]:
    handles = []
    try:
        for path, module in model.named_modules():
            begin = lambda module, inputs, path=path: watch.enter(path)  # noqa: E731
            end = lambda module, inputs, output, path=path: watch.leave(path, output)  # noqa: E731
            handles += [module.register_forward_pre_hook(begin), module.register_forward_hook(end)]
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def layers(model: nn.Module, image: Tensor) -> list[Layer]:
    """Every module that has parameters of its own or computes something, in the order in which they begin; then what
    no call goes through, and parameters that stand in no module, such as positions.

    The model is left in evaluation mode and without gradients.
    """
    with FlopCounterMode(display=False) as counter:
        watch = Watch(counter)
        with watched(model, watch), passing_norms(model):
            model.eval().requires_grad_(False)(image)
    modules, found, told = dict(model.named_modules()), [], set()
    for path, shape in watch.shapes.items():
        module, own = modules[path], []
        if path:  # those of the model itself are told one by one
            own = [parameter for parameter in module.parameters(recurse=False) if parameter not in told]
        if own or watch.work[path] or is_innermost(module):
            found.append(Layer(path or WHOLE, type(module).__name__, shape, own, watch.work[path]))
        told |= set(own)
    return found + aside(model, told, set(watch.shapes))


def is_innermost(module: nn.Module) -> bool:
    return not list(module.children()) and not isinstance(module, nn.Identity | nn.Dropout)


def aside(model: nn.Module, told: set[nn.Parameter], ran: set[str]) -> list[Layer]:
    """The parameters that are not told yet, together where the module that holds them was never called."""
    groups: dict[str, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter not in told:
            words = name.split(".")
            above = [".".join(words[:length]) for length in range(1, len(words))]
            unused = (path for path in above if not any(f"{other}.".startswith(f"{path}.") for other in ran))
            groups.setdefault(next(unused, name), []).append(parameter)
    modules = dict(model.named_modules())
    return [
        Layer(path, type(modules[path]).__name__, None, own)
        if path in modules
        else Layer(path, "Parameter", list(own[0].shape), own)
        for path, own in groups.items()
    ]


# --- parts


def in_order(found: list[Layer], parts: dict[str, list[str]]) -> list[Layer]:
    """The layers with their parts, part by part. What stands outside all parts has no parameters: it belongs to the
    part that ran before it, or to the head where only one place is left of the image."""
    first, *_, last = parts
    before = first
    for layer in found:
        try:
            layer.part = before = model_parts.owner(layer.name, parts)
        except ValueError:
            isolated = layer.name == WHOLE or (layer.shape is not None and max([1, *layer.shape[1:]]) == 1)
            layer.part = last if isolated else before
    return sorted(found, key=lambda layer: list(parts).index(layer.part))


def mark_trained(model: Model, config: RunConfig, found: list[Layer]) -> list[int]:
    """Note at each layer in which stages it trains; how many parameters train in each stage."""
    trained = []
    for number, stage in enumerate(config.stages, 1):
        freezing.freeze(model, stage)
        trained.append(count(parameter for parameter in model.parameters() if parameter.requires_grad))
        for layer in found:
            if any(parameter.requires_grad for parameter in layer.parameters):
                layer.trains.append(number)
    return trained


def attention_in(model: Model, part: str) -> list[str]:
    """The attention blocks that stand inside a part or behind it; those of libraries' networks are named after it."""
    homes = [f"{path}." for path in model.parts[part]] + [f"attention.{part}."]
    return [path for path in attention_blocks(model) if any(f"{path}.".startswith(home) for home in homes)]


def as_part(name: str, found: list[Layer], attention: list[str]) -> dict[str, Any]:
    """A part as one row; its shape is that of the last of its layers."""
    own = [layer for layer in found if layer.part == name]
    shapes = [layer.shape for layer in own if layer.shape and layer.kind != "Parameter"]
    return {
        "name": name, "shape": shapes[-1] if shapes and name != "attention" else None, "layers": len(own),
        "parameters": sum(count(layer.parameters) for layer in own),
        "multiply_adds": sum(layer.work for layer in own), "attention": attention if name != "attention" else [],
        "trains": sorted({number for layer in own for number in layer.trains}),
    }  # fmt: skip
