"""A small model with attention."""

import torch

from engine.config.differences import resolve
from engine.training.build_model import build_model


def small_model(**more):
    config = resolve({"model": {"depth": 8, "initial_channels": 4}, "attention": "cbam"} | more)
    return build_model(config, 1, 10, 16).to(memory_format=torch.channels_last)
