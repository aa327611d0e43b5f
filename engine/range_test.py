"""Learning-rate range test: a short training whose rate rises from step to step. Smith 2017, https://arxiv.org/abs/1506.01186

The rate rises exponentially, as in fastai, until the loss has clearly grown; suggested is a tenth of the rate at which
the smoothed loss was least: there it still fell, with room to both sides.
"""

import math
import time
from dataclasses import replace
from typing import Any

from pydantic import Field, model_validator
from torch import Tensor

from engine import assemble
from engine.config import RunConfig, resolve
from engine.datasets._dataset import Dataset
from engine.models._model import Model
from engine.previews import Config
from engine.shelf import Shelf, Tell
from engine.trial import Trial

SMOOTHING = 0.9  # how much of the mean of the losses so far is kept at each step
GROWN = 4.0  # times the least smoothed loss: the test ends there
FEWEST = 20  # steps, however slow they are


class RangeTest(Config):
    """lowest, highest: rates between which to search. steps, seconds: how long it may take, whichever is shorter."""

    lowest: float = Field(1e-5, gt=0, le=1)
    highest: float = Field(10.0, gt=0, le=100)
    steps: int = Field(100, ge=FEWEST, le=1000)
    seconds: float = Field(60.0, gt=0, le=3600)

    @model_validator(mode="after")
    def rises(self) -> "RangeTest":
        if self.lowest >= self.highest:
            raise ValueError(f"lowest {self.lowest} must be below highest {self.highest}")
        return self


def range_test(asked: RangeTest, shelf: Shelf, tell: Tell) -> dict[str, Any]:
    """rates, losses and smoothed losses of each step; suggested: a rate, or None where the loss never fell."""
    config = resolve(asked.config)
    tell(0.0, "loading the data")
    dataset = replace(shelf.dataset(config))  # a model may bring a normalisation of its own
    trial = Trial(config, dataset, *_network(config, dataset, shelf), shelf.runs)
    began = time.perf_counter()
    first = trial.step(asked.lowest)  # also warms up, so that what follows can be timed
    trial.step(asked.lowest)
    each = (time.perf_counter() - began) / 2
    steps = max(FEWEST, min(asked.steps, round(asked.seconds / each)))
    rates, losses, smoothed = [asked.lowest], [first], [first]
    mean = 0.0
    for step in range(1, steps):
        rate = asked.lowest * (asked.highest / asked.lowest) ** (step / (steps - 1))
        loss = trial.step(rate)
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        corrected = mean / (1 - SMOOTHING**step)
        if not math.isfinite(loss) or corrected > GROWN * min(smoothed):
            break
        rates.append(rate)
        losses.append(loss)
        smoothed.append(corrected)
        tell((step + 1) / steps, f"step {step + 1} of {steps}")
    return {"rates": rates, "losses": losses, "smoothed": smoothed, "suggested": suggestion(rates, smoothed)}


def suggestion(rates: list[float], smoothed: list[float]) -> float | None:
    """A tenth of the rate at which the smoothed loss was least, to two digits; None where it never fell."""
    least = smoothed.index(min(smoothed))
    return float(f"{rates[least] / 10:.1e}") if least else None


def _network(config: RunConfig, dataset: Dataset, shelf: Shelf) -> tuple[Model, dict[str, Tensor]]:
    """The model as a training would begin with it, and its loaded weights."""
    model = assemble.build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    assemble.introduce(model, dataset)
    if not config.weights:
        return model, {}
    weights, same = assemble.weights_for(model, config.weights, dataset.classes, shelf.runs, shelf.data)
    assemble.load_starting_weights(model, weights, same)
    return model, weights
