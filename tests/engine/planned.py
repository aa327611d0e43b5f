"""A plan of three stages, trained in this process with commands at chosen iterations."""

import pytest

from engine.process.run_process import train_run
from engine.runs import reporter, series

STEPS = 5  # an epoch: 160 images in batches of 32
PLAN = {
    "data": {"name": "digits", "limit": 160},
    "augmentations": [{"name": "random_crop", "padding": 2}, {"name": "mixup"}],
    "optimizer": {"name": "adam", "learning_rate": 0.005},
    "allow_random_frozen": True,
    "probe_images": 0,
    "ema_decay": 0.9,
    "rehearsal": "never",
    "stages": [
        {"epochs": 2, "train": ["attention", "head"], "frozen_batchnorm": "adapts"},
        {"epochs": 2, "train": ["layer3", "attention", "head"], "optimizer_state": "kept", "learning_rate": 0.002},
        {"epochs": 1, "begins_from": "best", "rate_factors": {"stem": 0.1}, "optimizer_state": "kept"},
    ],
}
TIMED = ("seconds", "data_seconds", "images_per_second")


def run(folder, data, orders=None, resume=False):
    """Train in this process, hearing commands after every iteration; orders: by iteration, commands with their
    arguments that are given right after it."""
    waiting = {iteration: list(given) for iteration, given in (orders or {}).items()}

    def watch(status):
        for command, arguments in waiting.pop(status.get("iteration"), []):
            folder.send(command, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reporter, "LISTEN_EVERY", 0.0)
        return train_run(folder, data, resume=resume, watch=watch)


def told(folder, *kinds):
    return [event for event in folder.events() if event["kind"] in kinds]


def same_series(one, other):
    assert series.names(one.series) == series.names(other.series)
    for name in series.names(one.series):
        if name not in TIMED:
            assert series.read(one.series, name).tobytes() == series.read(other.series, name).tobytes(), name
