"""Grad-CAM: which places of the last layer spoke for a class. Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391

Computed by captum. It answers another question than the gates of attention (gates.py) do, and stands beside them.
"""

from typing import NamedTuple

import torch
from captum.attr import LayerGradCam
from torch import Tensor

from engine.maps.probing import state_preserved
from engine.models._model import Model


class GradCam(NamedTuple):
    """layer: path of the layer looked at. raw: (h, w), in units of the logit; below zero speaks against the class."""

    layer: str
    raw: Tensor

    @property
    def map(self) -> Tensor:
        """What spoke for the class, (h, w): the raw map with everything below zero left out, not rescaled."""
        return self.raw.clamp(min=0)


def last_layer(model: Model) -> str:
    """The path of the last layer before the head, by the model's own parts."""
    return [paths[-1] for part, paths in model.parts.items() if part not in ("attention", "head")][-1]


def grad_cam(model: Model, image: Tensor, target: int) -> GradCam:
    """The Grad-CAM of class `target` for one normalised image (1, C, H, W); the model is left as it was.

    Works with every parameter frozen and under no_grad: captum lets the activations themselves need the gradient.
    The map may hold numbers that are not finite if the model does.
    """
    assert image.ndim == 4 and len(image) == 1 and image.is_floating_point(), image.shape
    layer = last_layer(model)
    with state_preserved(model), torch.inference_mode(False), torch.enable_grad():
        image = image.detach().clone()  # one made in inference mode can take part in no gradient
        raw = LayerGradCam(model, model.get_submodule(layer)).attribute(image, target=target)
    return GradCam(layer, raw.detach()[0, 0].float().cpu())
