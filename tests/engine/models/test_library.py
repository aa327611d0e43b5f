"""What is common to the networks of both libraries: parts, refusals, and weights without a connection."""

from pytest import mark, raises

from engine import catalog
from engine.models import timm as any_timm
from engine.models import torchvision as any_torchvision
from tests.engine.models.library_weights import build, no_connection, start


def test_parts_of_a_residual_network_are_its_layers_in_both_libraries() -> None:
    expected = {"stem": ["conv1", "bn1"], "layer1": ["layer1"], "layer2": ["layer2"], "layer3": ["layer3"]}
    expected |= {"layer4": ["layer4"], "head": ["fc"]}
    for part in (any_timm, any_torchvision):
        model = build(part, "resnet18", side=32)
        assert model.parts == expected
        widths = {layer: slot.channels for layer, slot in model.attention.items()}
        assert widths == {"layer1": 64, "layer2": 128, "layer3": 256, "layer4": 512}


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
