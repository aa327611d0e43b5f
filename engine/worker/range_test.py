"""Learning-rate range test: a short training whose rate rises from step to step.
Smith 2017, https://arxiv.org/abs/1506.01186

The rate rises exponentially, as in fastai, until the loss has clearly grown; suggested is a tenth of the rate at which
the smoothed loss was least: there it still fell, with room to both sides.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.messages.coded_error import CodedError
from engine.options import PartOptions
from engine.worker import subprocess_job

if TYPE_CHECKING:  # the process sets its threads before torch is imported
    from torch import Tensor

    from engine.datasets._dataset import Dataset
    from engine.models._model import Model
    from engine.worker.cache import Cache, Progress
    from engine.worker.trial_steps import TrialSteps

PROCESS = "engine.worker.range_test"
SMOOTHING = 0.9  # how much of the mean of the losses so far is kept at each step
GROWN = 4.0  # times the least smoothed loss: the test ends there
FEWEST = 10  # steps that make a curve


class RangeTest(PartOptions):
    """config: differences from the defaults. lowest, highest: rates between which to search. steps, seconds: how long
    it may take once it is warm, whichever is shorter."""

    config: dict[str, Any]
    lowest: float = Field(1e-5, gt=0, le=1)
    highest: float = Field(10.0, gt=0, le=100)
    steps: int = Field(100, ge=FEWEST, le=1000)
    seconds: float = Field(120.0, gt=0, le=3600)

    @model_validator(mode="after")
    def rises(self) -> "RangeTest":
        if self.lowest >= self.highest:
            raise ValueError(f"lowest {self.lowest} must be below highest {self.highest}")
        return self


def range_test(request: RangeTest, cache: "Cache", progress: "Progress") -> dict[str, Any]:
    """What `search` finds on the device of the config, and that device. Raises ValueError where it cannot be tried."""
    return subprocess_job.run(PROCESS, request.model_dump(), cache, progress)


def measure(request: RangeTest, data: Path, runs: Path, progress: "Progress") -> dict[str, Any]:
    config = resolve(request.config)
    device, _ = subprocess_job.prepare_device(config)
    from engine.worker.cache import Cache
    from engine.worker.trial_steps import TrialSteps

    cache = Cache(data, runs)
    progress(0.0, "loading the data")
    dataset = replace(cache.dataset(config))  # a model may bring a normalisation of its own
    trial = TrialSteps(config, dataset, *_network(config, dataset, cache), cache.runs, device)
    return search(request, trial, progress) | {"device": str(device)}


def search(
    request: RangeTest, trial: "TrialSteps", progress: "Progress", clock: Callable[[], float] = time.perf_counter
) -> dict[str, Any]:
    """rates, losses and smoothed losses of each step; suggested: a rate, or None where the loss never fell.

    Where steps take longer than at first it ends with what was measured. Raises ValueError where too few can be taken.
    """
    first, steps = pace(request, trial, clock)
    began = clock()
    rates, losses, smoothed = [request.lowest], [first], [first]
    mean = 0.0
    for step in range(1, steps):
        spent = clock() - began
        if spent > request.seconds and step < FEWEST:
            raise too_slow(request, spent / (step - 1))
        if spent > request.seconds:
            break
        rate = request.lowest * (request.highest / request.lowest) ** (step / (steps - 1))
        loss = trial.step(rate)
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        corrected = mean / (1 - SMOOTHING**step)
        if not math.isfinite(loss) or corrected > GROWN * min(smoothed):
            break
        rates.append(rate)
        losses.append(loss)
        smoothed.append(corrected)
        progress((step + 1) / steps, f"step {step + 1} of {steps}")
    return {"rates": rates, "losses": losses, "smoothed": smoothed, "suggested": suggestion(rates, smoothed)}


def pace(request: RangeTest, trial: "TrialSteps", clock: Callable[[], float]) -> tuple[float, int]:
    """The loss before the first step, which warms up, and how many steps there is time for, by how long a second takes.

    Raises ValueError where they are too few.
    """
    began = clock()
    first = trial.step(request.lowest)
    warm = clock()
    if warm - began > request.seconds:
        raise too_slow(request, warm - began)
    trial.step(request.lowest)
    each = clock() - warm
    steps = min(request.steps, int(request.seconds / each))
    if steps < FEWEST:
        raise too_slow(request, each)
    return first, steps


def too_slow(request: RangeTest, each: float) -> CodedError:
    return CodedError("search_slow", each=f"{each:.1f}", fewest=FEWEST, seconds=f"{request.seconds:g}")


def suggestion(rates: list[float], smoothed: list[float]) -> float | None:
    """A tenth of the rate at which the smoothed loss was least, to two digits; None where it never fell."""
    least = smoothed.index(min(smoothed))
    return float(f"{rates[least] / 10:.1e}") if least else None


def _network(config: RunConfig, dataset: "Dataset", cache: "Cache") -> "tuple[Model, dict[str, Tensor]]":
    """The model as a training would begin with it, and its loaded weights."""
    from engine.training import load_weights, weight_source
    from engine.training.build_model import build_model, match_to_data

    model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    match_to_data(model, dataset)
    if not config.weights:
        return model, {}
    found = weight_source.weights_for(model, config.weights, dataset.classes, cache.runs, cache.data)
    load_weights.load_starting_weights(model, found.weights, found.same_classes(dataset.classes))
    return model, found.weights


if __name__ == "__main__":
    subprocess_job.main(lambda request, *rest: measure(RangeTest.model_validate(request), *rest))
