"""Supervised: cross-entropy with the labels, plus four regularisation terms.

Label smoothing: Szegedy et al. 2016, https://arxiv.org/abs/1512.00567. Confidence penalty: Pereyra et al. 2017,
https://arxiv.org/abs/1701.06548. L2-SP: Li et al. 2018, https://arxiv.org/abs/1802.01483. Dual cutout: as in
hysts/pytorch_image_classification, https://arxiv.org/abs/1802.07426
"""

import math

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from engine.objectives._objective import Losses, Objective, View
from engine.options import PartOptions


class Options(PartOptions):
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Label smoothing: share of each label spread evenly over all classes. Higher gives less confident, "
        "often slightly more accurate predictions; the loss can no longer reach zero.",
    )
    confidence_penalty: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Confidence penalty: weight of ln K minus the entropy of the predictions. Higher keeps predictions "
        "less confident.",
    )
    l2_sp: float = Field(
        0.0,
        ge=0,
        le=10,
        description="L2-SP: weight of half the squared distance from the starting weights. Higher keeps a fine-tuned "
        "network closer to them. Needs loaded weights.",
    )
    dual_cutout_consistency: float = Field(
        0.0,
        ge=0,
        le=10,
        description="Dual cutout: weight of the squared distance between predictions for two views that differ in "
        "their cutout (0.1 is usual). Needs the augmentation cutout and twice the time.",
    )


class Supervised(Objective):
    def __init__(self, options: Options, classes: int, start: dict[str, Tensor]) -> None:
        self.classes = classes
        self.start = dict(start)
        weights = {
            "cross_entropy": 1 - options.label_smoothing,
            "label_smoothing": options.label_smoothing,
            "confidence_penalty": options.confidence_penalty,
            "l2_sp": options.l2_sp,
            "dual_cutout_consistency": options.dual_cutout_consistency,
        }
        self.weights = {name: weight for name, weight in weights.items() if weight}
        if options.dual_cutout_consistency:
            self.views = ["train", "twin"]

    def losses(self, model: nn.Module, *views: View) -> Losses:
        answers = [model(view.images) for view in views]  # BatchNorm sees one view after the other
        log_p = torch.cat(answers).float().log_softmax(1)
        targets = torch.cat([view.targets for view in views])
        components = {"cross_entropy": -(targets * log_p).sum(1).mean()}
        if "label_smoothing" in self.weights:
            components["label_smoothing"] = -log_p.mean()
        if "confidence_penalty" in self.weights:
            penalty = math.log(self.classes) + (log_p.exp() * log_p).sum(1).mean()
            components["confidence_penalty"] = penalty.clamp_min(0)  # rounding can leave -1e-7 at pure guessing
        if "l2_sp" in self.weights:
            components["l2_sp"] = self.distance_from_start(model)
        if "dual_cutout_consistency" in self.weights:
            components["dual_cutout_consistency"] = F.mse_loss(answers[0].float(), answers[1].float())
        return Losses(components, self.weights, answers[0] if len(answers) == 1 else sum(answers) / len(answers))

    def distance_from_start(self, model: nn.Module) -> Tensor:
        """Half the squared distance of all parameters that were loaded in their present shape (a new head was not)."""
        squares = []
        for name, parameter in model.named_parameters():
            start = self.start.get(name)
            if start is not None and start.shape == parameter.shape and parameter.is_floating_point():
                start = self.start[name] = start.to(parameter)  # moves to the device at the first step only
                squares.append((parameter - start).square().sum())
        assert squares, "no parameter of the model has a starting weight of its shape"
        return 0.5 * torch.stack(squares).sum()


def build(options: Options, classes: int, start: dict[str, Tensor]) -> Objective:
    """The objective for `classes` classes. start: loaded starting weights by parameter name; empty if none were loaded.

    Raises ValueError if l2_sp is asked for and there are no starting weights.
    """
    if options.l2_sp and not start:
        raise ValueError(
            f"l2_sp {options.l2_sp} holds a network near its loaded weights, but no weights are loaded; "
            "choose weights to start from, or set l2_sp to 0"
        )
    return Supervised(options, classes, start)
