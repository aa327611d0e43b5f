"""Networks of both libraries, and the files that they would download."""

import torch
from pytest import MonkeyPatch
from safetensors.torch import save_file
from torch import nn

from engine.stages import model_parts
from engine.training.load_weights import load_starting_weights
from engine.training.weight_source import weights_for

CLASSES = 5


def build(part, architecture: str, channels: int = 3, side: int = 224, classes: int = CLASSES) -> nn.Module:
    return part.build(part.Options(architecture=architecture), channels, classes, side)


def check_parts(model: nn.Module) -> None:
    """A stem, layers and a head that hold every weight, and places for attention after all layers or none."""
    names = list(model.parts)
    layers = [name for name in names if name.startswith("layer")]
    assert names == ["stem", *(f"layer{number}" for number in range(1, len(layers) + 1)), "head"]
    by_part = model_parts.parameters_by_part(model)
    assert sum(map(len, by_part.values())) == len(list(model.parameters())) and all(by_part.values())
    for name in model.state_dict():
        model_parts.owner(name, model.parts)
    assert list(model.attention) in (layers, [])


def put_by_hand(tmp_path, file: str, network: nn.Module) -> dict[str, torch.Tensor]:
    """The file that a library would download, made of a network with other weights; also those weights."""
    path = tmp_path / "data" / "weights" / file
    path.parent.mkdir(parents=True)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    (save_file if path.suffix == ".safetensors" else torch.save)(weights, path)
    return weights


def start(model: nn.Module, source: str, tmp_path) -> tuple[list[str], dict]:
    """What `weights: source` does; the parts that are then loaded, and the names that did not fit."""
    found = weights_for(model, source, ["?"] * CLASSES, tmp_path / "runs", tmp_path / "data")
    result = load_starting_weights(model, found.weights, found.same_classes(["?"] * CLASSES))
    return result.parts, result.random


def assert_same(model: nn.Module, weights: dict, but: tuple[str, ...]) -> None:
    for name, value in model.state_dict().items():
        if not name.startswith(but):
            assert torch.equal(value, weights[name]), name


def no_connection(monkeypatch: MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise OSError("no connection")

    monkeypatch.setattr("engine.models._timm.hf_hub_download", fail)
    monkeypatch.setattr("torch.hub.download_url_to_file", fail)
