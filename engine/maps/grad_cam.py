"""Grad-CAM: which places of the last layer spoke for a class. Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391

It answers another question than the gates of attention (gates.py) do, and stands beside them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from engine.maps.places import on_grid, with_places
from engine.maps.probing import hooked, state_preserved
from engine.models._model import Model


class GradCam(NamedTuple):
    """layer: path of the layer looked at. raw: (h, w), in units of the logit; below zero speaks against the class."""

    layer: str
    raw: Tensor

    @property
    def map(self) -> Tensor:
        """What spoke for the class, (h, w): the raw map with everything below zero left out, not rescaled."""
        return self.raw.clamp(min=0)


def layers_before_head(model: Model) -> dict[str, nn.Module]:
    """The modules of the model's own parts by path, the last one first."""
    paths = [path for part, held in model.parts.items() if part not in ("attention", "head") for path in held]
    modules = dict(model.named_modules())
    return {path: modules[path] for path in reversed(paths) if path in modules}


def grad_cam(model: Model, image: Tensor, target: int) -> GradCam | None:
    """The Grad-CAM of class `target` for one normalised image (1, C, H, W); the model is left as it was.

    Of the last layer that has places from which the class is told: behind the last attention of a transformer only its
    class token is read. None if no layer before the head has places. Works with every parameter frozen and under
    no_grad. The map may hold numbers that are not finite if the model does.
    """
    assert image.ndim == 4 and len(image) == 1 and image.is_floating_point(), image.shape
    with state_preserved(model), torch.inference_mode(False), torch.enable_grad():
        untold = None
        for layer, features, gradient in _features_and_gradients(model, image.detach().clone(), target):
            raw = (gradient.mean((1, 2), keepdim=True) * features).sum(0)
            cam = GradCam(layer, raw.detach().float().cpu())
            if gradient.any():
                return cam
            untold = untold or cam
    return untold


def _features_and_gradients(model: Model, image: Tensor, target: int) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Path, output and gradient of the layers that have places, the last one first; both (C, h, w)."""
    layers, prefix = layers_before_head(model), getattr(model, "num_prefix_tokens", None)
    seen: dict[str, Tensor] = {}

    def see(path: str, module: nn.Module, inputs: Any, output: Any) -> Tensor | None:
        places = with_places(output, prefix)
        if places is not None and places.requires_grad:
            seen[path] = places
        return output.clone() if isinstance(output, Tensor) else None  # what follows may work in place

    with hooked(layers, see):
        logits = model.forward(image.requires_grad_())  # not model(image): a compiled call knows of no hooks
    held = [(path, seen[path]) for path in layers if path in seen]
    outputs = [output for _, output in held]
    gradients = torch.autograd.grad(logits[0, target], outputs, materialize_grads=True) if held else ()
    for (path, output), gradient in zip(held, gradients, strict=True):
        yield path, cast(Tensor, on_grid(output, prefix)), cast(Tensor, on_grid(gradient, prefix))
