"""Architectures have exactly the published number of parameters, and of multiply-adds where there is one."""

from pathlib import Path

import pytest
import torch
import yaml
from torchvision import models

from engine.config.differences import resolve
from engine.training.build_model import build_model
from engine.worker.network_summary import multiply_adds

ROWS = yaml.safe_load((Path(__file__).parent / "parameter_counts.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_number_of_parameters_is_the_published_one(row: dict) -> None:
    channels, side = row.get("input", [3, 32])
    config = resolve({"model": row["model"], "attention": row.get("attention", "none")})
    with torch.device("meta"):
        model = build_model(config, channels, row.get("classes", 10), side)
    assert sum(parameter.numel() for parameter in model.parameters()) == row["params"]


def test_every_row_is_a_network_of_its_own() -> None:
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    assert len({str(row | {"name": ""}) for row in ROWS}) == len(ROWS)


# Billions for one image of 224 pixels: of torchvision's networks as the library itself tells them; of DLA from timm's
# model cards (https://huggingface.co/timm/dla102.in1k and dla102x.in1k), which round to 0.1.
MULTIPLY_ADDS = {
    "resnet18": ({"name": "resnet", "layout": "imagenet", "depth": 18}, None),
    "resnet50": ({"name": "resnet", "layout": "imagenet", "depth": 50}, None),
    "vgg16_bn": ({"name": "vgg", "layout": "imagenet", "depth": 16}, None),
    "densenet121": ({"name": "densenet", "layout": "imagenet", "depth": 121, "growth_rate": 32}, None),
    "resnext50_32x4d": (
        {"name": "resnext", "layout": "imagenet", "depth": 50, "cardinality": 32, "base_channels": 4}, None
    ),
    "wide_resnet50_2": ({"name": "torchvision", "architecture": "wide_resnet50_2"}, None),
    "vit_b_32": ({"name": "torchvision", "architecture": "vit_b_32"}, None),
    "dla102": ({"name": "dla", "variant": "dla102", "stem": "imagenet"}, 7.2),
    "dla102x": ({"name": "dla", "variant": "dla102x", "stem": "imagenet"}, 5.9),
}  # fmt: skip


@pytest.mark.parametrize("name", MULTIPLY_ADDS)
def test_number_of_multiply_adds_is_the_published_one(name: str) -> None:
    model, published = MULTIPLY_ADDS[name]
    published = published or models.get_model_weights(name).DEFAULT.meta["_ops"]
    with torch.device("meta"):
        counted = multiply_adds(build_model(resolve({"model": model}), 3, 1000, 224), torch.zeros(1, 3, 224, 224))
    assert counted / 1e9 == pytest.approx(published, rel=0.01)
