"""Distillation: learn from the predictions of a trained network. Hinton et al. 2015, https://arxiv.org/abs/1503.02531

With weight 1 the labels are not used at all: the soft labels of SSLD (Cui et al. 2021,
https://arxiv.org/abs/2103.05959).
The teacher sees the same augmented images.
"""

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from engine.objectives._objective import Losses, Objective, View
from engine.options import PartOptions


class Options(PartOptions):
    teacher: str = Field(
        "",
        max_length=1000,
        description="Teacher network: id of a saved run (ID/best for its best epoch), or a .safetensors or .pth file "
        "of the model's architecture.",
    )
    temperature: float = Field(
        4.0,
        gt=0,
        le=100,
        description="Softmax temperature of teacher and student. Higher shows how the teacher ranks the wrong classes.",
    )
    weight: float = Field(0.9, gt=0, le=1, description="Weight of the teacher against the labels; 1 ignores labels.")


class Distillation(Objective):
    def __init__(self, options: Options, teacher: nn.Module) -> None:
        self.teacher, self.temperature = teacher, options.temperature
        weights = {"cross_entropy": 1 - options.weight, "distillation": options.weight}
        self.weights = {name: weight for name, weight in weights.items() if weight}

    def losses(self, model: nn.Module, *views: View) -> Losses:
        images, targets = views[0].images, views[0].targets
        logits = model(images)
        with torch.no_grad():
            wanted = (self.teacher(images).float() / self.temperature).log_softmax(1)
        softened = (logits.float() / self.temperature).log_softmax(1)
        distance = F.kl_div(softened, wanted, reduction="batchmean", log_target=True)
        # Gradients of softened answers shrink with the square of the temperature.
        components = {"distillation": self.temperature**2 * distance}
        if "cross_entropy" in self.weights:
            components = {"cross_entropy": -(targets * logits.float().log_softmax(1)).sum(1).mean()} | components
        return Losses(components, self.weights, logits)


def build(options: Options, classes: int, start: dict[str, Tensor], teacher: nn.Module) -> Objective:
    """The objective. teacher: the network that options.teacher names, in eval mode, which gives logits (B, classes)."""
    return Distillation(options, teacher)
