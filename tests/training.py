"""Real, small trainings for tests: run folders, training processes, and waiting for what they write."""

import atexit
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from PIL import Image, ImageColor
from torch import nn

from engine.config.differences import changes, resolve
from engine.runs import all_runs, series
from engine.runs.run_folder import RunFolder
from engine.training import data_split
from engine.training.build_model import build_model
from engine.training.stage_start import begin_stage
from engine.training.trainer import Trainer
from tests.forked_processes import Life, Nursery

ROOT = Path(__file__).parent.parent
PATIENCE = 120.0  # seconds; generous, as the machine may be busy

# A net and a data set so small that an epoch takes a second or two.
TINY = {
    "data": {"name": "digits", "limit": 320},
    "model": {"depth": 8, "initial_channels": 8},
    "attention": "cbam",
    "optimizer": {"learning_rate": 0.05},
    "batch_size": 32,
    "validation": "test",
    "threads": 1,
    "probe_images": 2,
    "stages": [{"epochs": 2}],
}
STEPS = 10  # an epoch of TINY: 320 images in batches of 32
LONG = {"stages": [{"epochs": 2000}, {"epochs": 1, "train": ["head"]}]}  # does not end by itself
AUGMENTED = [{"name": "random_crop", "padding": 2}, {"name": "mixup"}]


def paint_classes(folder: Path, counts: dict[str, int]) -> dict:
    """Pictures of each class, named by its colour, as easy to tell apart as can be; the settings that train on them."""
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            colour = tuple(min(255, channel + number) for channel in ImageColor.getrgb(name)[:3])
            Image.new("RGB", (8, 8), colour).save(folder / name / f"{number}.png")
    data = {"name": "image_folder", "path": str(folder), "image_size": 8}
    model = {"depth": 8, "initial_channels": 4}
    return {"data": data, "model": model, "optimizer": {"name": "adam", "learning_rate": 0.01}, "batch_size": 4}


def new_run(runs: Path, differences: dict | None = None, **more: object) -> RunFolder:
    """A run folder for TINY with some settings changed."""
    config = resolve(TINY | (differences or {}) | more)
    return all_runs.create(runs, config.model_dump(), changes(config), "test")


class Ears:
    """Stands in for the reporter: hears nothing, remembers nothing."""

    def __init__(self, folder: RunFolder):
        self.folder, self.status, self.orders = folder, {"life": 0}, {}

    def between(self, items: Iterable) -> Iterable:
        return items

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **values: None


def new_trainer(runs: Path, differences: dict | None = None, model: nn.Module | None = None) -> Trainer:
    """A trainer in this process, its first stage begun; `model` instead of the config's if one is given."""
    trainer = waiting_trainer(runs, differences, model)
    begin_stage(trainer, 0)
    return trainer


def waiting_trainer(runs: Path, differences: dict | None = None, model: nn.Module | None = None) -> Trainer:
    """The same before any stage has begun."""
    folder = new_run(runs, differences)
    config = resolve(TINY | (differences or {}))
    data = data_split.load_data(config, runs)
    model = model or build_model(config, 1, 10, 16)
    return Trainer(config, data, model, {}, torch.device("cpu"), Ears(folder), 0)


def batch(trainer: Trainer, count: int, first: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Numbers, images and targets of some training images, as the trainer's step takes them."""
    numbers = torch.arange(first, first + count)
    return numbers, trainer.data.train.images(numbers), trainer.data.train.targets[numbers]


@functools.cache
def nursery() -> Nursery:
    """The trainings of this process's tests are born here."""
    made = Nursery("engine").__enter__()
    atexit.register(made.__exit__)
    return made


def start(folder: RunFolder, word: str = "run") -> Life | subprocess.Popen:
    """A training as a process of its own, forked so that it need not import torch: test_resume.py shows equal bits."""
    if not hasattr(os, "fork"):
        return start_from_command(folder, word)
    return Life(nursery(), nursery().start(word, folder.path, log=folder.log_file))


def start_from_command(folder: RunFolder, word: str = "run") -> subprocess.Popen:
    """`python -m engine run FOLDER`."""
    with open(folder.log_file, "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "engine", word, str(folder.path)], cwd=ROOT, stdout=log, stderr=log,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )  # fmt: skip


def finish(folder: RunFolder, word: str = "run", start: Callable = start) -> dict:
    """Train to the end and return the status, which says finished."""
    start(folder, word).wait(PATIENCE)
    status = folder.status()
    assert status["state"] == "finished", (status, folder.log(0)[0])
    return status


def wait(what: Callable[[], object], process: Life | subprocess.Popen | None = None) -> None:
    """Until `what()` is true; fails if the process ends before or patience runs out."""
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "waited too long"
        assert process is None or process.poll() is None, "the process ended before"
        time.sleep(0.01)


def kill_when(folder: RunFolder, process: Life | subprocess.Popen, what: Callable[[], object]) -> None:
    """kill -9 the training as soon as `what()` is true."""
    wait(what, process)
    process.send_signal(signal.SIGKILL)
    process.wait()


def rows(folder: RunFolder) -> int:
    """Iterations that are whole on disk."""
    return series.rows(folder.series)


def weights(folder: RunFolder) -> bytes:
    """The last checkpoint's weights, byte for byte."""
    return folder.find_checkpoint("last").weights_file.read_bytes()
