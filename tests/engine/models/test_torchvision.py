"""Networks of torchvision: any name builds with sensible parts, and their trained weights arrive where they fit."""

import re

import pytest
import torch
import torchvision
from pytest import mark, raises
from safetensors.torch import save_file

from engine.config.differences import resolve
from engine.models import torchvision as any_torchvision
from engine.models import torchvision as part
from engine.training import checkpoint, load_weights
from engine.training.build_model import build_model
from engine.training.load_weights import load_starting_weights
from engine.worker.cache import Cache
from engine.worker.weights_report import predict
from tests.engine.models.library_weights import CLASSES, assert_same, build, check_parts, put_by_hand, start


def network(stem):
    config = resolve({"model": {"name": "torchvision", "stem": stem}, "attention": "cbam", "allow_random_frozen": True})
    return build_model(config, 3, 10, 32)


@pytest.fixture(scope="module")
def theirs():
    """Weights as torchvision's file has them, made up."""
    torch.manual_seed(5)
    return part.make_network("resnet18", "own").state_dict()


@pytest.mark.parametrize("stem", ["small", "small_centre"])
def test_a_small_stem_is_random_or_the_centre_of_the_trained_one_and_said_so(stem, theirs):
    model = network(stem)
    loaded = load_weights.load_starting_weights(model, theirs, same_classes=False)
    kept, whole = model.conv1.weight, theirs["conv1.weight"]
    assert kept.shape == (64, 3, 3, 3) and isinstance(model.maxpool, torch.nn.Identity)
    assert ("stem" in loaded.parts) == (stem == "small_centre")
    assert loaded.parts[loaded.parts.index("layer1") :] == ["layer1", "layer2", "layer3", "layer4"]
    assert ("stem" in loaded.random_parts) == (stem == "small")
    cosine = torch.nn.functional.cosine_similarity(kept.flatten(1), whole[:, :, 2:5, 2:5].flatten(1))
    assert bool((cosine > 0.9999).all()) == (stem == "small_centre")
    if stem == "small_centre":  # no kernel is louder or quieter than the trained one was
        assert torch.allclose(kept.flatten(1).norm(dim=1), whole.flatten(1).norm(dim=1), rtol=1e-5)
    model.eval()
    seen = []
    model.layer1.register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
    model(torch.randn(1, 3, 32, 32))
    assert seen[0][-1] == 32  # nothing of the resolution is lost


def test_a_small_stem_is_refused_where_there_is_no_such_stem():
    config = resolve({"model": {"name": "torchvision", "architecture": "vgg11", "stem": "small"}})
    with pytest.raises(ValueError, match="stem 'small' is for ResNets; 'vgg11' has a stem of its own"):
        build_model(config, 3, 10, 64)


OF_TORCHVISION = torchvision.models.list_models(module=torchvision.models)


@mark.parametrize("architecture", ["resnet50", "vgg11", "regnet_x_400mf", "vit_b_32", "swin_t", "googlenet"])
def test_parts_of_torchvision(architecture: str) -> None:
    with torch.device("meta"):
        model = build(any_torchvision, architecture)
    check_parts(model)
    assert len(model.parts) >= 6


@mark.slow
@mark.parametrize("architecture", OF_TORCHVISION)
def test_every_classifier_of_torchvision_has_parts(architecture: str) -> None:
    with torch.device("meta"):
        model = build(any_torchvision, architecture)
    check_parts(model)
    assert model(torch.zeros(2, 3, 224, 224, device="meta")).shape == (2, CLASSES)


@mark.parametrize("channels", [1, 2, 3, 4])
def test_trained_weights_of_torchvision_fit_any_channels(channels: int, tmp_path) -> None:
    torch.manual_seed(0)
    theirs = put_by_hand(tmp_path, "squeezenet1_1-b8a52dc0.pth", torchvision.models.get_model("squeezenet1_1"))
    model = build(any_torchvision, "squeezenet1_1", channels, side=32)
    loaded, _ = start(model, "pretrained", tmp_path)
    assert loaded == model.library_parts == ["stem", "layer1", "layer2", "layer3"]
    assert_same(model, theirs, but=("features.0.weight", "classifier"))
    own, their = model.features[0].weight, theirs["features.0.weight"]
    expected = [their[:, number % 3] * 3 / channels for number in range(channels)] if channels > 1 else [their.sum(1)]
    torch.testing.assert_close(own, torch.stack(expected, 1))


def test_missing_counters_of_batchnorm_leave_no_part_random(tmp_path) -> None:
    """As in the files of torchvision that are older than these counters: such parts may be frozen."""
    model = build(any_torchvision, "resnet18", side=32, classes=1000)
    old = {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    result = load_starting_weights(model, old, same_classes=True)
    assert result.parts == ["stem", "layer1", "layer2", "layer3", "layer4", "head"] and not result.random_parts
    torch.save(old, tmp_path / "old.pth")
    config = resolve({"data": "digits", "model": "torchvision", "weights": str(tmp_path / "old.pth")})
    with torch.device("meta"):
        model = build(any_torchvision, "resnet18", channels=1, side=16, classes=10)
    loaded = predict(model, config, Cache(tmp_path, tmp_path)).loaded.parts
    assert loaded == ["layer1", "layer2", "layer3", "layer4"], "stem and head are for other images and classes"


def test_trained_weights_of_densenet_are_found_under_their_old_names(tmp_path) -> None:
    """torchvision's files are of a time when names had dots and BatchNorm no counters."""
    torch.manual_seed(0)
    theirs = torchvision.models.get_model("densenet121").state_dict()
    theirs = {name: value for name, value in theirs.items() if not name.endswith("num_batches_tracked")}
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", name): value for name, value in theirs.items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    (tmp_path / "data/weights").mkdir(parents=True)
    torch.save(old, tmp_path / "data/weights/densenet121-a639ec97.pth")
    model = build(any_torchvision, "densenet121", side=32)
    loaded, random = start(model, "pretrained", tmp_path)
    assert loaded == model.library_parts == [part for part in model.parts if part != "head"] and random["head"]
    own = model.state_dict()
    assert all(torch.equal(own[name], value) for name, value in theirs.items() if not name.startswith("classifier"))


def test_a_damaged_file_is_named(tmp_path) -> None:
    folder = tmp_path / "data/weights"
    folder.mkdir(parents=True)
    (folder / "squeezenet1_1-b8a52dc0.pth").write_bytes(b"not weights")
    with raises(ValueError, match="squeezenet1_1-b8a52dc0"):
        start(build(any_torchvision, "squeezenet1_1", side=32), "pretrained", tmp_path)


def test_saved_weights_of_a_network_that_wants_a_version_come_back(tmp_path) -> None:
    """torchvision's MNASNet refuses state dicts without metadata, which .safetensors files are."""
    model, other = (build(any_torchvision, "mnasnet0_5", side=32) for _ in range(2))
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    other.load_state_dict(checkpoint.read_weights_file(tmp_path / "weights.safetensors"))
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in other.state_dict().items())
