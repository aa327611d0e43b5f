"""Attention maps: the gates of a model's attention blocks and the self-attention of a transformer, for given images.

They are what the network multiplies its features by, not an attribution computed afterwards (see grad_cam). A run keeps
those of its probe images: every epoch at first, then thinned evenly.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from engine.maps.probing import hooked, state_preserved
from engine.maps.self_attention import Asks, Watcher, mean_of_heads, self_attentions
from engine.runs import files, plain_files
from engine.runs.run_folder import RunFolder

FLAT = 1e-3  # a gate that varies less than this says nothing about places or channels
MOST_EPOCHS = 60  # maps kept of ordinary epochs
MOST_NUMBERS = 50_000  # kept of one block's heads; of more, their mean is kept: 16 heads of 24 x 24 patches make 74,000
MapKind = Literal["varies", "flat", "non_finite"]


@dataclass(frozen=True)
class Maps:
    """What the attention blocks did, in order from input to output. All on the CPU, in float32.

    logits: (B, K). channel: (B, C) and spatial: (B, h, w) by block path, every gate in (0, 1). heads: (B, heads, G, G)
    by path and rollout: (B, G, G) of a transformer, and asks: whose attention it is, as in self_attention.
    """

    logits: Tensor
    channel: dict[str, Tensor]
    spatial: dict[str, Tensor]
    heads: dict[str, Tensor] = field(default_factory=dict)
    rollout: Tensor | None = None
    asks: Asks = "class"

    @property
    def blocks(self) -> list[str]:
        return list(self.channel | self.spatial)


def attention_blocks(model: nn.Module) -> dict[str, nn.Module]:
    """The attention blocks by module path: every module that has a method `gates`."""
    return {path: module for path, module in model.named_modules() if callable(getattr(module, "gates", None))}


def has_attention(model: nn.Module) -> bool:
    """Whether there is anything in the model whose attention could be shown."""
    return bool(attention_blocks(model) or self_attentions(model))


@torch.no_grad()
def read_gates(model: nn.Module, images: Tensor) -> Maps:
    """The gates of every attention block, and what the tokens of a transformer attend to. The model is left as it was.

    images: normalised, (B, C, H, W).
    """
    channel: dict[str, Tensor] = {}
    spatial: dict[str, Tensor] = {}

    def see(path: str, module: Any, inputs: Any, output: Any) -> None:
        found = module.gates(inputs[0])
        if "channel" in found:
            channel[path] = found["channel"].float().cpu()
        if "spatial" in found:
            spatial[path] = found["spatial"].squeeze(1).float().cpu()

    watcher = Watcher(model)
    with state_preserved(model), hooked(attention_blocks(model), see), hooked(self_attentions(model), watcher.see):
        logits = model.forward(images)  # not model(images): a compiled call knows of no hooks
    return Maps(logits.float().cpu(), channel, spatial, watcher.heads, watcher.rollout, watcher.asks)


@torch.no_grad()
def non_finite_layers(model: nn.Module, images: Tensor) -> list[str]:
    """The paths of the innermost modules that give numbers that are not finite, in the order in which they run."""
    innermost = {path: module for path, module in model.named_modules() if not list(module.children())}
    found: dict[str, None] = {}

    def see(path: str, module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and not torch.isfinite(output).all():
            found[path] = None

    with state_preserved(model), hooked(innermost, see):
        model.forward(images)
    return list(found)


def map_kind(gate: Tensor, scale: float = 1.0) -> MapKind:
    """What can be said of a map before it is drawn; a flat one that is stretched would only show its own noise.

    scale: the size of what the map's numbers are to be compared with; 1 for gates, which lie in (0, 1).
    """
    if not torch.isfinite(gate).all():
        return "non_finite"
    return "flat" if gate.max() - gate.min() <= FLAT * scale else "varies"


def save_probes(folder: RunFolder, images: Tensor, targets: Tensor, indices: Tensor) -> None:
    """Keep the probe images, uint8 (P, C, H, W), their classes, and their places in the split they are from."""
    _write(folder.probes_file, {"images": images, "targets": targets, "indices": indices})


def save_mistakes(path: Path, images: Tensor) -> None:
    """Keep the images of the mistakes in a report, uint8 (n, C, H, W), in the same order."""
    _write(path, {"images": images})


def save(folder: RunFolder, iteration: int, maps: Maps, about: dict) -> None:
    """Keep the maps of one moment, and drop those of earlier epochs that an even thinning does not need.

    about: epoch, stage and why (first, epoch, stage_end, best, last, inspect).
    """
    arrays = {f"{path}/channel": gate for path, gate in maps.channel.items()}
    arrays |= {f"{path}/spatial": gate for path, gate in maps.spatial.items()}
    arrays |= {f"{path}/heads": mean_of_heads(heads, MOST_NUMBERS) for path, heads in maps.heads.items()}
    arrays |= {} if maps.rollout is None else {"rollout": maps.rollout}
    arrays["probabilities"] = maps.logits.softmax(1)
    path = folder.map_file(iteration)
    plain_files.make_folder(folder.maps)
    content = {"blocks": maps.blocks} | ({"transformer": list(maps.heads), "asks": maps.asks} if maps.heads else {})
    files.replace_json(path.with_suffix(".json"), {"iteration": iteration} | about | content)
    _write(path, {name: tensor.half() for name, tensor in arrays.items()})
    _thin(folder)


def _write(path: Path, arrays: dict[str, Tensor]) -> None:
    plain_files.make_folder(path.parent)
    files.replace_arrays(path, {name: tensor.cpu().numpy() for name, tensor in arrays.items()})


def _thin(folder: RunFolder) -> None:
    abouts = [folder.map_about(iteration) for iteration in folder.map_iterations()]
    for about in superfluous([about for about in abouts if {"why", "epoch"} <= about.keys()]):
        path = folder.map_file(about["iteration"])
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


def superfluous(abouts: list[dict]) -> list[dict]:
    """Those of the maps, oldest first, that may go: all but every n-th epoch, n the smallest power of two that will do.

    Stay: the newest, the newest best, and whatever was kept for another reason than being an epoch.
    """
    if not abouts:
        return []
    newest = abouts[-1]
    best = next((about for about in reversed(abouts) if about["why"] == "best"), newest)
    step = 1
    while newest["epoch"] // step > MOST_EPOCHS:
        step *= 2
    ordinary = [about for about in abouts if about["why"] in ("epoch", "best") and about not in (newest, best)]
    return [about for about in ordinary if about["epoch"] % step]
