"""The summary tells every parameter and every multiply-add of a network once, when it trains, and what weights fill."""

import pytest
import torch
from torch import nn

from engine import catalog
from engine.config.differences import resolve
from engine.stages import model_parts
from engine.training.build_model import build_model
from engine.worker.network_summary import in_order, layers, multiply_adds
from engine.worker.plan_summary import without_weights
from tests.made_runs import ask, by_name

NAMES = catalog.names("models")


def test_a_residual_network_with_attention_layer_by_layer(worker_cache):
    config = {"data": "cifar10", "model": {"depth": 20}, "attention": {"name": "cbam"}}
    answer = ask(worker_cache, "network", config=config)
    model = build_model(resolve(config), 3, 10, 32)
    assert answer["total"] == sum(parameter.numel() for parameter in model.parameters())
    assert answer["trained"] == [answer["total"]] and answer["weights"] is None
    assert answer["input"] == [3, 32, 32] and answer["classes"] == 10
    assert answer["layers"][0] == {
        "name": "stem.conv", "part": "stem", "kind": "Conv2d", "shape": [16, 32, 32], "parameters": 432,
        "multiply_adds": 432 * 32 * 32, "trains": [1],
    }  # fmt: skip
    assert answer["layers"][-1]["name"] == "head.fc" and answer["layers"][-1]["multiply_adds"] == 640
    parts = by_name(answer["parts"])
    assert list(parts) == list(model.parts)
    assert [parts[f"layer{number}"]["shape"] for number in (1, 2, 3)] == [[16, 32, 32], [32, 16, 16], [64, 8, 8]]
    assert [parts[part]["attention"] for part in ("stem", "layer2", "head")] == [[], ["layer2.attention"], []]
    convolutions = 9 * 16 * (3 + 6 * 16) * 1024 + (9 * 32 * 16 + 5 * 9 * 32 * 32 + 512) * 256
    convolutions += (9 * 64 * 32 + 5 * 9 * 64 * 64 + 2048) * 64
    outside = sum(part["multiply_adds"] for part in answer["parts"] if part["name"] != "attention")
    assert outside == convolutions + 640


def test_shapes_have_channels_first_whatever_the_layout_of_the_network(worker_cache):
    """Swin keeps channels last; its side would be drawn as a depth."""
    model = {"name": "torchvision", "architecture": "swin_t"}
    parts = by_name(ask(worker_cache, "network", config={"data": "cifar10", "model": model})["parts"])
    assert [parts[part]["shape"] for part in ("stem", "layer1", "layer4", "head")] == [
        [96, 8, 8], [96, 8, 8], [768, 1, 1], [10],
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_told_once_whatever_the_family(worker_cache, name):
    options = getattr(catalog.load("models", name), "EXAMPLES", [{}])[-1]
    config = {"data": "cifar10", "model": {"name": name} | options}
    config |= {"stages": [{"train": ["head"]}, {}], "allow_random_frozen": True}
    answer = ask(worker_cache, "network", config=config)
    model = without_weights(resolve(config), 3, 10, 32)
    counts = model_parts.parameters_by_part(model)
    assert {part["name"]: part["parameters"] for part in answer["parts"]} == {
        part: sum(parameter.numel() for parameter in parameters) for part, parameters in counts.items()
    }
    assert sum(row["parameters"] for row in answer["layers"]) == answer["total"] == answer["trained"][1]
    assert by_name(answer["parts"])["head"]["parameters"] == answer["trained"][0]
    assert len(by_name(answer["layers"])) == len(answer["layers"])
    order = [list(model.parts).index(row["part"]) for row in answer["layers"]]
    assert order == sorted(order)
    assert answer["multiply_adds"] == multiply_adds(model, torch.zeros(1, 3, 32, 32, device="meta")) > 0
    for row in answer["layers"]:
        assert row["trains"] == ([] if not row["parameters"] else [1, 2] if row["part"] == "head" else [2])


def test_what_no_call_goes_through_is_one_row_and_positions_are_rows_of_their_own(worker_cache):
    config = {"data": "cifar10", "model": {"name": "clip", "architecture": "small", "text_tower": "kept"}}
    answer = ask(worker_cache, "network", config=config)
    rows = by_name(answer["layers"])
    assert rows["text"]["shape"] is None and rows["text"]["multiply_adds"] == 0
    assert rows["text"]["parameters"] == by_name(answer["parts"])["text"]["parameters"]
    assert rows["visual.positional_embedding"]["shape"] == [17, 96]
    attention = rows["visual.transformer.resblocks.0.attn"]
    assert attention["parameters"] == 3 * 96 * 97 and attention["multiply_adds"] == 17 * 96 * (4 * 96 + 2 * 17)


def test_work_outside_all_parts_goes_to_the_part_before_or_to_the_head():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3))
    found = in_order(layers(model, torch.zeros(1, 1, 8, 8)), {"stem": ["0"], "head": ["4"]})
    assert [layer.part for layer in found] == ["stem", "stem", "head", "head", "head"]


# Numbers of trainable parameters: seed 002's two stages, and the affine parameters of CLIP's norms with its head.
SEED_002 = {
    "data": "cifar10", "model": {"layout": "imagenet", "depth": 18, "stem": "small"},
    "attention": {"name": "cbam", "variant": "seed_002", "where": "layer"}, "allow_random_frozen": True,
    "stages": [{"train": ["attention", "head"]}, {"train": ["layer3", "layer4", "attention", "head"]}],
}  # fmt: skip
DPA = {
    "data": "cifar10", "model": {"name": "clip", "architecture": "ViT-B-32"}, "allow_random_frozen": True,
    "stages": [{"train": ["head"], "frozen_batchnorm": "affine_trains"}],
}  # fmt: skip


@pytest.mark.parametrize(("config", "trained"), [(SEED_002, [49042, 10542482]), (DPA, [45056])])
def test_trainable_parameters_of_known_plans(worker_cache, config, trained):
    answer = ask(worker_cache, "network", config=config)
    assert answer["trained"] == trained
