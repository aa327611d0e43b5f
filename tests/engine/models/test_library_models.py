"""Networks of libraries: any name builds with sensible parts, and their trained weights arrive where they fit."""

import re

import timm
import torch
import torchvision
from pytest import MonkeyPatch, mark, raises
from safetensors.torch import save_file
from torch import nn

from engine import catalog
from engine.config.differences import resolve
from engine.models import dla
from engine.models import timm as any_timm
from engine.models import torchvision as any_torchvision
from engine.stages import freezing
from engine.training import checkpoint
from engine.training.assemble import load_starting_weights, weights_for
from engine.worker.plan_summary import describe_plan
from engine.worker.starting_weights import foretold

CLASSES = 5
OF_TORCHVISION = torchvision.models.list_models(module=torchvision.models)
FAMILIES_OF_TIMM = sorted({(timm.models.model_entrypoint(name).__module__, name) for name in timm.list_models()})
ONE_OF_EACH = list(dict(FAMILIES_OF_TIMM[::-1]).values())[::-1]


def build(part, architecture: str, channels: int = 3, side: int = 224, classes: int = CLASSES) -> nn.Module:
    return part.build(part.Options(architecture=architecture), channels, classes, side)


def check_parts(model: nn.Module) -> None:
    """A stem, layers and a head that hold every weight, and places for attention after all layers or none."""
    names = list(model.parts)
    layers = [name for name in names if name.startswith("layer")]
    assert names == ["stem", *(f"layer{number}" for number in range(1, len(layers) + 1)), "head"]
    by_part = freezing.parameters_by_part(model)
    assert sum(map(len, by_part.values())) == len(list(model.parameters())) and all(by_part.values())
    for name in model.state_dict():
        freezing.owner(name, model.parts)
    assert list(model.attention) in (layers, [])


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


@mark.slow
@mark.parametrize("architecture", ONE_OF_EACH)
def test_one_classifier_of_every_module_of_timm_has_parts(architecture: str) -> None:
    size = timm.get_pretrained_cfg(architecture).input_size
    with torch.device("meta"):
        model = build(any_timm, architecture, *size[:2])
    check_parts(model)
    assert model(torch.zeros(2, *size, device="meta")).shape == (2, CLASSES)


def test_parts_of_a_residual_network_are_its_layers_in_both_libraries() -> None:
    expected = {"stem": ["conv1", "bn1"], "layer1": ["layer1"], "layer2": ["layer2"], "layer3": ["layer3"]}
    expected |= {"layer4": ["layer4"], "head": ["fc"]}
    for part in (any_timm, any_torchvision):
        model = build(part, "resnet18", side=32)
        assert model.parts == expected
        widths = {layer: slot.channels for layer, slot in model.attention.items()}
        assert widths == {"layer1": 64, "layer2": 128, "layer3": 256, "layer4": 512}


def test_every_block_of_a_transformer_is_a_layer() -> None:
    with torch.device("meta"):
        model = build(any_timm, "vit_tiny_patch16_224")
    assert model.parts["stem"] == ["cls_token", "pos_embed", "patch_embed"]
    assert [model.parts[f"layer{number + 1}"][0] for number in range(12)] == [
        f"blocks.{number}" for number in range(12)
    ]
    assert not model.attention  # tokens are no maps


def test_positions_follow_the_image_size() -> None:
    model = build(any_timm, "test_vit", channels=1, side=64)
    assert model.pos_embed.shape[1] == 1 + (64 // 16) ** 2
    assert model(torch.zeros(2, 1, 64, 64)).shape == (2, CLASSES)


# --- what is refused


@mark.parametrize(("part", "name", "words"), [
    (any_timm, "resnet_18", "architecture 'resnet_18' is unknown to timm; did you mean 'resnet18'"),
    (any_torchvision, "resnet81", "architecture 'resnet81' is unknown to torchvision; did you mean 'resnet18'"),
    (any_timm, "hf-hub:someone/something", "is unknown to timm"),
    (any_timm, "local-dir:/etc", "is unknown to timm"),
    (any_torchvision, "alexnet", "architecture 'alexnet' does not fit images of 28x28 pixels: "),
    (any_timm, "test_vit", "architecture 'test_vit' does not fit images of 28x28 pixels: "),
])  # fmt: skip
def test_what_cannot_be_built_is_refused_with_the_reason(part, name: str, words: str) -> None:
    with raises(ValueError) as error:
        build(part, name, side=28)
    assert words in str(error.value)


def test_a_name_is_checked_without_the_library() -> None:
    """Options are read where torch is not; what the libraries know is only asked when the network is built."""
    for name in ("timm", "torchvision"):
        assert catalog.options("models", name)(architecture="no such network").architecture == "no such network"


# --- trained weights


def put_by_hand(tmp_path, file: str, network: nn.Module) -> dict[str, torch.Tensor]:
    """The file that a library would download, made of a network with other weights; also those weights."""
    path = tmp_path / "data" / "weights" / file
    path.parent.mkdir(parents=True)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    (save_file if path.suffix == ".safetensors" else torch.save)(weights, path)
    return weights


def start(model: nn.Module, source: str, tmp_path) -> tuple[list[str], dict]:
    """What `weights: source` does; the parts that are then loaded, and the names that did not fit."""
    weights, same_classes = weights_for(model, source, ["?"] * CLASSES, tmp_path / "runs", tmp_path / "data")
    result = load_starting_weights(model, weights, same_classes)
    return result.parts, result.random


def assert_same(model: nn.Module, weights: dict, but: tuple[str, ...]) -> None:
    for name, value in model.state_dict().items():
        if not name.startswith(but):
            assert torch.equal(value, weights[name]), name


def test_trained_weights_of_timm_fit_grey_images(tmp_path) -> None:
    torch.manual_seed(0)
    theirs = put_by_hand(tmp_path, "test_resnet.r160_in1k.safetensors", timm.create_model("test_resnet"))
    model = build(any_timm, "test_resnet", channels=1, side=32)
    loaded, random = start(model, "pretrained", tmp_path)
    assert loaded == model.library_parts == ["stem", "layer1", "layer2", "layer3", "layer4"]
    assert set(random["head"]) == {"fc.weight", "fc.bias"}
    assert_same(model, theirs, but=("conv1.0", "fc"))
    first = next(name for name in theirs if name.startswith("conv1"))
    torch.testing.assert_close(model.state_dict()[first], theirs[first].sum(1, keepdim=True))


def test_the_head_is_loaded_where_there_are_as_many_classes(tmp_path) -> None:
    theirs = put_by_hand(tmp_path, "test_resnet.r160_in1k.safetensors", timm.create_model("test_resnet"))
    model = build(any_timm, "test_resnet", side=32, classes=1000)
    loaded, _ = start(model, "r160_in1k", tmp_path)
    assert loaded == model.library_parts == list(model.parts)
    assert_same(model, theirs, but=("nothing",))


def test_positions_of_timm_are_fitted_to_the_image_size(tmp_path) -> None:
    put_by_hand(tmp_path, "test_vit.r160_in1k.safetensors", timm.create_model("test_vit"))
    model = build(any_timm, "test_vit", side=32)
    loaded, random = start(model, "pretrained", tmp_path)
    assert loaded == model.library_parts == [part for part in model.parts if part != "head"] and random["head"]


@mark.parametrize(("variant", "stem"), [("dla46_c", "imagenet"), ("dla46_c", "small")])
def test_trained_weights_of_dla_leave_a_small_stem_random(variant: str, stem: str, tmp_path) -> None:
    theirs = put_by_hand(tmp_path, f"{variant}.in1k.safetensors", timm.create_model(variant))
    model = dla.build(dla.Options(variant=variant, stem=stem), 3, CLASSES, 32)
    loaded, random = start(model, "pretrained", tmp_path)
    assert loaded == model.library_parts and ("stem" in loaded) == (stem == "imagenet")
    assert random["stem"] == ([] if stem == "imagenet" else ["base_layer.0.weight"])
    assert_same(model, theirs, but=("base_layer.0", "fc"))


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
    assert result.sentence() == "Loaded stem, layer1, layer2, layer3, layer4, head; random: nothing."
    torch.save(old, tmp_path / "old.pth")
    config = resolve({"data": "digits", "model": "torchvision", "weights": str(tmp_path / "old.pth")})
    with torch.device("meta"):
        model = build(any_torchvision, "resnet18", channels=1, side=16, classes=10)
    loaded = foretold(model, config, tmp_path).parts
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


@mark.parametrize(("part", "architecture", "address"), [
    (any_timm, "resnet18", "https://huggingface.co/timm/resnet18.a1_in1k/resolve/main/model.safetensors"),
    (any_torchvision, "resnet18", "https://download.pytorch.org/models/resnet18-f37072fd.pth"),
])  # fmt: skip
def test_without_a_connection_one_is_told_what_to_do(part, architecture, address, tmp_path, monkeypatch) -> None:
    no_connection(monkeypatch)
    model = build(part, architecture, side=32)
    with raises(ValueError) as error:
        start(model, "pretrained", tmp_path)
    words = str(error.value)
    assert address in words and "no connection" in words and "put them here" in words
    assert str(tmp_path / "data" / "weights") in words


def no_connection(monkeypatch: MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise OSError("no connection")

    monkeypatch.setattr("engine.models._timm.hf_hub_download", fail)
    monkeypatch.setattr("torch.hub.download_url_to_file", fail)


def test_a_damaged_file_is_named(tmp_path) -> None:
    folder = tmp_path / "data/weights"
    folder.mkdir(parents=True)
    (folder / "squeezenet1_1-b8a52dc0.pth").write_bytes(b"not weights")
    with raises(ValueError, match="squeezenet1_1-b8a52dc0"):
        start(build(any_torchvision, "squeezenet1_1", side=32), "pretrained", tmp_path)


def test_other_names_are_refused_with_those_that_there_are(tmp_path) -> None:
    with raises(ValueError, match=r"did you mean 'a1_in1k'\?; known: .*tv_in1k"):
        start(build(any_timm, "resnet18", side=32), "a1_in1", tmp_path)


def test_saved_weights_of_a_network_that_wants_a_version_come_back(tmp_path) -> None:
    """torchvision's MNASNet refuses state dicts without metadata, which .safetensors files are."""
    model, other = (build(any_torchvision, "mnasnet0_5", side=32) for _ in range(2))
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    other.load_state_dict(checkpoint.read_weights_file(tmp_path / "weights.safetensors"))
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in other.state_dict().items())


def test_the_check_knows_which_parts_a_library_has_weights_for(tmp_path, monkeypatch) -> None:
    """It says so before the start, without a download: the head starts anew, so it must not be frozen."""
    no_connection(monkeypatch)
    plan = {"data": "digits", "model": {"name": "timm", "architecture": "test_resnet"}, "weights": "pretrained"}
    for train, random in ((["head"], None), (["layer4"], "head")):
        config = resolve(plan | {"stages": [{"train": train}]})
        lines, faults = describe_plan(config, tmp_path / "runs", tmp_path / "data")
        assert [fault.values["parts"] for fault in faults] == ([random] if random else [])
        assert bool(lines) == (not faults)
