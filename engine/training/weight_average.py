"""A running average of the weights (EMA), often more accurate than the weights themselves. Polyak & Juditsky 1992

In the first steps it follows faster, as TensorFlow's ExponentialMovingAverage does: otherwise it would remember the
random weights for as long as many a small training lasts.
"""

import copy
from typing import Any

import torch
from torch import nn


class WeightAverage:
    """model: a copy with the averaged weights and BatchNorm statistics, in eval mode."""

    def __init__(self, model: nn.Module, decay: float):
        self.decay, self.steps = decay, 0
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))
        self.averaged = [pair for pair in pairs if pair[0].is_floating_point()]
        self.copied = [pair for pair in pairs if not pair[0].is_floating_point()]

    @torch.no_grad()
    def follow(self) -> None:
        """Take in the model's weights as they are after one more step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        ours, theirs = (list(side) for side in zip(*self.averaged, strict=True))
        torch._foreach_lerp_(ours, theirs, 1 - decay)
        for own, other in self.copied:
            own.copy_(other)

    def state_dict(self) -> dict[str, Any]:
        return {"weights": self.model.state_dict(), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["weights"])
        self.steps = state["steps"]
