"""The summary tells every parameter and every multiply-add of a network once, when it trains, and what weights fill."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine import catalog
from engine.config.differences import resolve
from engine.stages import model_parts
from engine.training.build_model import build_model
from engine.worker.cache import Shelf
from engine.worker.network_summary import in_order, layers, multiply_adds
from engine.worker.plan_summary import without_weights
from tests.made_runs import ask, make_run

NAMES = catalog.names("models")


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "no data here", tmp_path)


def by_name(rows: list[dict]) -> dict[str, dict]:
    return {row["name"]: row for row in rows}


def test_a_residual_network_with_attention_layer_by_layer(shelf):
    config = {"data": "cifar10", "model": {"depth": 20}, "attention": {"name": "cbam"}}
    answer = ask(shelf, "network", config=config)
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


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_told_once_whatever_the_family(shelf, name):
    options = getattr(catalog.load("models", name), "EXAMPLES", [{}])[-1]
    config = {"data": "cifar10", "model": {"name": name} | options}
    config |= {"stages": [{"train": ["head"]}, {}], "allow_random_frozen": True}
    answer = ask(shelf, "network", config=config)
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


def test_what_no_call_goes_through_is_one_row_and_positions_are_rows_of_their_own(shelf):
    config = {"data": "cifar10", "model": {"name": "clip", "architecture": "small", "text_tower": "kept"}}
    answer = ask(shelf, "network", config=config)
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
def test_trainable_parameters_of_known_plans(shelf, config, trained):
    answer = ask(shelf, "network", config=config)
    assert answer["trained"] == trained


# --- starting weights


def told(shelf, source: str, **more: object) -> dict:
    config = {"data": {"name": "digits"}, "model": {"depth": 8}, "attention": "none", "weights": str(source)} | more
    return ask(shelf, "network", config=config)["weights"]


def test_a_run_with_the_same_classes_fills_everything(shelf):
    run = make_run(shelf.runs, {"data": "digits", "attention": "none"})
    weights = told(shelf, run.id)
    assert weights["unfit"] == [] and not weights["on_start"] and weights["error"] is None
    assert all(part["loaded"] and not part["random"] for part in weights["parts"])


def test_what_stays_random_and_what_does_not_fit_is_named_with_the_reason(shelf):
    run = make_run(shelf.runs, {"data": "clothing", "attention": "none"})  # ten classes too, but others
    weights = told(shelf, run.id, attention="cbam", model={"depth": 8, "stem": "imagenet"})
    parts = by_name(weights["parts"])
    assert parts["layer1"] == {"name": "layer1", "loaded": 10, "random": []}
    assert parts["stem"]["random"] == ["stem.conv.weight"] and parts["stem"]["loaded"] == 4
    assert parts["head"] == {"name": "head", "loaded": 0, "random": ["head.fc.weight", "head.fc.bias"]}
    assert parts["attention"]["loaded"] == 0 and len(parts["attention"]["random"]) > 3
    assert weights["unfit"] == [
        {"name": "head.fc.bias", "why": "classes", "shape": [10], "wanted": [10]},
        {"name": "head.fc.weight", "why": "classes", "shape": [10, 64], "wanted": [10, 64]},
        {"name": "stem.conv.weight", "why": "shape", "shape": [16, 1, 3, 3], "wanted": [16, 1, 7, 7]},
    ]


def test_names_that_the_network_does_not_have_are_named(shelf, tmp_path):
    save_file(
        {"stem.conv.weight": torch.zeros(16, 1, 3, 3), "fc.weight": torch.zeros(2, 2)}, tmp_path / "w.safetensors"
    )
    weights = told(shelf, tmp_path / "w.safetensors")
    assert weights["unfit"] == [{"name": "fc.weight", "why": "name", "shape": [2, 2], "wanted": None}]
    assert sum(part["loaded"] for part in weights["parts"]) == 1


def test_weights_that_are_not_there_are_a_sentence_and_a_librarys_are_told_without_a_download(shelf, monkeypatch):
    monkeypatch.setattr("engine.models._timm.hf_hub_download", None)  # to call it would fail
    assert "neither the id of a saved run nor a file" in told(shelf, "nothing.pth")["error"]
    weights = told(shelf, "pretrained", model={"name": "timm", "architecture": "test_resnet"})
    parts = by_name(weights["parts"])
    assert weights["on_start"] and parts["layer1"]["loaded"] and not parts["layer1"]["random"]
    assert parts["head"]["loaded"] == 0 and parts["head"]["random"] == ["fc.weight", "fc.bias"]
