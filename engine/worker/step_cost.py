"""What a step of each stage costs, found by taking some in a process of its own: seconds and memory, and from them how
long the plan will take."""

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import hardware
from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.messages.failures import trial_failed
from engine.options import PartOptions
from engine.worker import subprocess_job

if TYPE_CHECKING:  # the process sets its threads before torch is imported
    from engine.worker.cache import Cache, Progress
    from engine.worker.trial_steps import TrialSteps

PROCESS = "engine.worker.step_cost"
STEPS = 3  # that are timed, after one in which memory is laid out
ENOUGH = 4.0  # seconds a stage: where the first step took longer, it is the measure


class StepCost(PartOptions):
    """config: differences from the defaults."""

    config: dict[str, Any]


def step_cost(request: StepCost, cache: "Cache", progress: "Progress") -> dict[str, Any]:
    """device, threads, images (a step); stages: seconds and memory (bytes) of a step, steps (an epoch) and epochs;
    scoring: seconds of the validation after each epoch; seconds: of the plan; memory: the most; memory_free: there.

    Raises ValueError where the steps could not be taken.
    """
    return subprocess_job.run(PROCESS, request.config, cache, progress)


def measure(config: RunConfig, data: Path, runs: Path, progress: "Progress") -> dict[str, Any]:
    progress(0.02, "starting")
    device, threads = subprocess_job.prepare_device(config)
    from engine.device.peak_memory import peak_memory
    from engine.stages import model_parts
    from engine.training import batches, data_split
    from engine.training.build_model import build_model, match_to_data
    from engine.worker.cache import Cache
    from engine.worker.trial_steps import TrialSteps

    cache = Cache(data, runs)
    progress(0.1, "loading the data")
    dataset = cache.dataset(config)
    progress(0.2, "building the network")
    model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    match_to_data(model, dataset)
    start = dict(model.state_dict()) if config.weights else {}  # their values change neither time nor memory
    count = data_split.training_images(config, dataset)
    steps = batches.steps_per_epoch(count, config.images_per_step)
    free = {one["name"]: one["memory_free"] for one in hardware.devices()}
    measured = []
    for number, stage in enumerate(config.stages):
        progress(0.3 + 0.6 * number / len(config.stages), f"stage {number + 1} of {len(config.stages)}")
        try:
            with peak_memory(device) as most:
                seconds = seconds_of_step(TrialSteps(config, dataset, model, start, runs, device, number))
        except Exception as error:
            parts = model_parts.trained_parts(stage, model.parts)
            titles = [stage.title for stage in config.stages]
            raise ValueError(trial_failed("trial", titles, number, parts, error)) from error
        measured.append({"seconds": seconds, "memory": most[0], "steps": steps, "epochs": stage.epochs})
    progress(0.9, "scoring")
    scored = len(dataset.test) if config.validation == "test" else len(dataset.train) - count
    scoring = scored * seconds_of_scoring(config, model, dataset, device)
    epochs = sum(stage.epochs for stage in config.stages)
    training = sum(stage["seconds"] * stage["steps"] * stage["epochs"] for stage in measured)
    return {
        "device": str(device), "threads": threads, "images": config.images_per_step, "stages": measured,
        "scoring": scoring, "seconds": training + epochs * scoring,
        "memory": max(stage["memory"] for stage in measured), "memory_free": free.get(str(device), free["cpu"]),
    }  # fmt: skip


def seconds_of_step(trial: "TrialSteps") -> float:
    """The median over some steps. Each waits for the device, as its loss is read."""

    def once() -> float:
        began = time.perf_counter()
        trial.step(1e-6)
        return time.perf_counter() - began

    first = once()
    return first if first > ENOUGH else statistics.median(once() for _ in range(STEPS))


def seconds_of_scoring(config: RunConfig, model: Any, dataset: Any, device: Any) -> float:
    """Of one image, among as many as are scored together."""
    import torch

    from engine.evaluation import evaluate

    some = dataset.test.subset(torch.arange(min(len(dataset.test), config.batch_size)))
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        evaluate.logits_of(model, some, dataset, device, config.test_time).sum().item()
        seconds.append(time.perf_counter() - began)
    return min(seconds) / len(some)


if __name__ == "__main__":
    subprocess_job.main(lambda config, *rest: measure(resolve(config), *rest))
