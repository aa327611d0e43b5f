"""What weights to begin with fill, what stays random, and why."""

import torch
from safetensors.torch import save_file

from tests.made_runs import ask, by_name, make_run


def told(worker_cache, source: str, **more: object) -> dict:
    config = {"data": {"name": "digits"}, "model": {"depth": 8}, "attention": "none", "weights": str(source)} | more
    return ask(worker_cache, "network", config=config)["weights"]


def test_a_run_with_the_same_classes_fills_everything(worker_cache):
    run = make_run(worker_cache.runs, {"data": "digits", "attention": "none"})
    weights = told(worker_cache, run.id)
    assert weights["unfit"] == [] and not weights["on_start"] and weights["error"] is None
    assert all(part["loaded"] and not part["random"] for part in weights["parts"])


def test_what_stays_random_and_what_does_not_fit_is_named_with_the_reason(worker_cache):
    run = make_run(worker_cache.runs, {"data": "clothing", "attention": "none"})  # ten classes too, but others
    weights = told(worker_cache, run.id, attention="cbam", model={"depth": 8, "stem": "imagenet"})
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


def test_names_that_the_network_does_not_have_are_named(worker_cache, tmp_path):
    save_file(
        {"stem.conv.weight": torch.zeros(16, 1, 3, 3), "fc.weight": torch.zeros(2, 2)}, tmp_path / "w.safetensors"
    )
    weights = told(worker_cache, tmp_path / "w.safetensors")
    assert weights["unfit"] == [{"name": "fc.weight", "why": "name", "shape": [2, 2], "wanted": None}]
    assert sum(part["loaded"] for part in weights["parts"]) == 1


def test_weights_that_are_not_there_are_a_sentence_and_a_librarys_are_told_without_a_download(
    worker_cache, monkeypatch
):
    monkeypatch.setattr("engine.models._timm.hf_hub_download", None)  # to call it would fail
    nothing = told(worker_cache, "nothing.pth")
    assert "neither the id of a saved run nor a file" in nothing["error"] and nothing["told"] is None
    weights = told(worker_cache, "pretrained", model={"name": "timm", "architecture": "test_resnet"})
    parts = by_name(weights["parts"])
    assert weights["on_start"] and parts["layer1"]["loaded"] and not parts["layer1"]["random"]
    assert parts["head"]["loaded"] == 0 and parts["head"]["random"] == ["fc.weight", "fc.bias"]


def test_weights_that_are_refused_are_told_with_a_code_for_every_language(worker_cache, tmp_path):
    save_file({"stem.conv.weight": torch.full((16, 1, 3, 3), torch.nan)}, tmp_path / "w.safetensors")
    weights = told(worker_cache, tmp_path / "w.safetensors")
    assert weights["told"] == {"code": "weights_not_finite", "values": {"name": "stem.conv.weight", "count": 1}}
    assert "stem.conv.weight" in weights["error"] and weights["parts"] == []
