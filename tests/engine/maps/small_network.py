"""A small network with attention, and images for it."""

import torch

from engine.config.differences import resolve
from engine.training.build_model import build_model


def network(variant="seed_002", where="layer", depth=8, seed=0, **options):
    config = resolve({"model": {"name": "resnet", "depth": depth}, "seed": seed,
                      "attention": {"name": "cbam", "variant": variant, "where": where, **options}})  # fmt: skip
    return build_model(config, channels=3, classes=5, image_size=32)


def images(count=8, side=32):
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(7))


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks) for m in model.modules())
