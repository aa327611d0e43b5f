"""Plateau: the learning rate drops when the validation loss stops falling. As torch's ReduceLROnPlateau"""

import math

from pydantic import Field

from engine.options import PartOptions


class Options(PartOptions):
    patience: int = Field(
        5,
        ge=0,
        le=1000,
        description="Epochs without a lower loss before the rate drops. Larger waits longer.",
        json_schema_extra={"unit": "epochs"},
    )
    factor: float = Field(
        0.1, gt=0, lt=1, description="Factor of the learning rate at each drop. Smaller drops further."
    )
    threshold: float = Field(
        1e-4,
        ge=0,
        lt=1,
        description="Relative improvement over the best loss that counts. Larger drops sooner.",
    )
    minimum_factor: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Lower bound of the learning rate, as a fraction of its start. Larger keeps learning to the end.",
    )


class Plateau:
    """A factor that only a metric changes; progress is ignored."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.current = 1.0
        self.best = math.inf
        self.waited = 0

    def __call__(self, progress: float) -> float:
        return self.current

    def react(self, metric: float) -> None:
        """Take in the metric of one epoch: lower is better; NaN counts as no better."""
        if metric < self.best * (1 - self.options.threshold):
            self.best, self.waited = metric, 0
        else:
            self.waited += 1
        if self.waited > self.options.patience:
            self.current = max(self.current * self.options.factor, self.options.minimum_factor)
            self.waited = 0

    def state_dict(self) -> dict[str, float]:
        return {"current": self.current, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, float]) -> None:
        self.current, self.best, self.waited = state["current"], state["best"], int(state["waited"])


def build(options: Options) -> Plateau:
    """A factor that starts at 1 and falls as react(metric) tells."""
    return Plateau(options)
