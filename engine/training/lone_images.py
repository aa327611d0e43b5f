"""BatchNorm that would see one image of one pixel, which has no deviation: found before the training by asking the
layers what reaches them, and the batches how many images come at a time."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from engine.config.run_config import RunConfig
from engine.config.stage import Stage
from engine.maps.probing import hooked
from engine.messages.faults import Fault
from engine.models._model import Model
from engine.models._norms import sees_the_batch
from engine.stages import freezing
from engine.training import batches
from engine.training.ghost_batchnorm import Ghost


def faults(config: RunConfig, model: Model, pixels: dict[str, int], images: int | None) -> list[Fault]:
    """The stages in which a group of one image would reach a BatchNorm layer of one pixel, one fault each.

    pixels: as pixels_seen gives it. images: how many there are to train on, None where that is not known yet.
    """
    found = []
    for number, stage in enumerate(config.stages, 1):
        groups = groups_of_a_step(config, stage, images)
        layers = [path for path in trained_norms(model, stage) if pixels.get(path) == 1]
        if 1 in groups and layers:
            sizes = " + ".join(map(str, sorted(set(groups), reverse=True)))
            field = "ghost_batch" if config.ghost_batch else "subdivisions" if config.subdivisions > 1 else "batch_size"
            found.append(Fault(field, "lone_image", {"stage": number, "layer": layers[0], "groups": sizes}))
    return found[:1]


def possible(config: RunConfig, images: int) -> bool:
    """Whether a group of one image occurs at all; else no network need be asked."""
    return any(1 in groups_of_a_step(config, stage, images) for stage in config.stages)


def groups_of_a_step(config: RunConfig, stage: Stage, images: int | None) -> list[int]:
    """How many images BatchNorm sees at a time, in the order of a step of this stage."""
    count = config.images_per_step
    if images is not None and batches.steps_per_epoch(images, count) == 1:  # of few images all make one step
        places = batches.places_of(images, stage.images)
        count = min(count, places.stop - places.start)
    groups = []
    for batch in torch.arange(count).split(config.batch_size):
        for piece in batch.chunk(config.subdivisions):
            groups += [len(group) for group in piece.split(config.ghost_batch or max(1, len(piece)))]
    return groups


def trained_norms(model: Model, stage: Stage) -> Iterator[str]:
    """The paths of the layers that normalise by the images of a batch in this stage."""
    still = set(freezing.frozen_norms(model, stage)) if stage.frozen_batchnorm != "adapts" else set()
    return (path for path, layer in model.named_modules() if sees_the_batch(layer) and layer not in still)


@torch.no_grad()
def pixels_seen(model: Model, image: Tensor) -> dict[str, int]:
    """How many numbers of each channel reach every layer that normalises by the batch. image: one, normalised.

    Tokens count where they stand, (N, C), in the place of images. Ghost batches, though, are of rows: one of each.
    """
    pixels: dict[str, int] = {}
    norms = {path: layer for path, layer in model.named_modules() if sees_the_batch(layer)}
    if not norms:
        return pixels
    training = [layer for layer in model.modules() if layer.training]

    def see(path: str, layer: nn.Module, inputs: Any, output: Any) -> None:
        rows = inputs[0][:1] if isinstance(layer, Ghost) else inputs[0]
        pixels[path] = rows.numel() // rows.shape[1]

    try:
        model.eval()
        with hooked(norms, see):
            model.forward(image)
    finally:
        for layer in training:
            layer.training = True
    return pixels
