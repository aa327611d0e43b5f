"""Self-distillation: keep learning from a frozen copy of the network. Furlanello et al. 2018,
https://arxiv.org/abs/1805.04770

The copy is made when the stage begins. It answers for the weak view, the network learns that on the strong one:
softened answers mixed with the class that the copy takes for true. Labels are never read. The seed's log has a switch
for it.
"""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from engine.objectives._label_free import log_keys, one_class_warning, shares
from engine.objectives._objective import Losses, Objective, Sweep, View
from engine.options import PartOptions

TARGETS = "none"  # it never looks at labels


class Options(PartOptions):
    temperature: float = Field(
        3.0,
        gt=0,
        le=100,
        description="Softmax temperature of copy and network. Higher shows how the copy ranks the wrong classes.",
    )
    softened: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Weight of the softened predictions; the rest is cross-entropy with the copy's predicted class. "
        "Lower sharpens the predictions.",
    )
    distill_weight: float = Field(
        1.0, gt=0, le=100, description="Weight of both terms. The seed's log has a switch of this name."
    )


class SelfDistillation(Objective):
    views = ("weak", "train")

    def __init__(self, options: Options, classes: int) -> None:
        self.options, self.classes = options, classes
        factors = {"distill": options.softened, "pseudo_label": 1 - options.softened}
        self.factors = {name: factor for name, factor in factors.items() if factor}
        self.weights = dict.fromkeys(self.factors, options.distill_weight)
        self.counts = torch.zeros(classes, dtype=torch.long)  # pseudo-labels of the epoch, by class

    def begin(self, model: nn.Module, images: int, sweep: Sweep) -> None:
        self.copy = copy.deepcopy(model).eval().requires_grad_(False)

    def losses(self, model: nn.Module, *views: View) -> Losses:
        weak, strong = views
        with torch.no_grad():
            wanted = self.copy(weak.images).float()
        labels = wanted.argmax(1)
        self.counts = self.counts.to(labels.device) + torch.bincount(labels, minlength=self.classes)
        logits = model(strong.images).float()
        heat = self.options.temperature
        softened = F.kl_div(
            (logits / heat).log_softmax(1), (wanted / heat).log_softmax(1), reduction="batchmean", log_target=True
        )
        # Gradients of softened answers shrink with the square of the temperature.
        raw = {"distill": heat**2 * softened, "pseudo_label": F.cross_entropy(logits, labels)}
        components = {name: factor * raw[name] for name, factor in self.factors.items()}
        return Losses(components, self.weights, logits, labels)

    def epoch_end(self, model: nn.Module) -> list[str]:
        return one_class_warning(self.counts, model)

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        found = shares(self.counts)
        self.counts.zero_()
        keys = log_keys(row, "self_distillation", self.options.distill_weight, list(self.factors))
        return keys | {"pseudo.balance": found}

    def state_dict(self) -> dict[str, Any]:
        return {"copy": self.copy.state_dict(), "counts": self.counts}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.copy.load_state_dict(state["copy"])
        self.counts = state["counts"]


def build(options: Options, classes: int, start: dict[str, Tensor]) -> Objective:
    """Self-distillation for `classes` classes."""
    return SelfDistillation(options, classes)
