"""ResNets compute what torchvision's compute, with places for attention where it belongs."""

import pytest
import torch
import torchvision
from torch import nn

from engine.models import resnet
from engine.models._slots import AttentionSlot


def build(channels: int = 3, classes: int = 10, **options: object) -> nn.Module:
    return resnet.build(resnet.Options(**options), channels, classes, image_size=32)


@pytest.mark.parametrize("depth", [18, 50])
def test_logits_equal_torchvision(depth: int) -> None:
    torch.manual_seed(0)
    reference = getattr(torchvision.models, f"resnet{depth}")(num_classes=10)
    model = build(layout="imagenet", depth=depth)
    own, theirs = model.state_dict(), reference.state_dict()
    assert [tuple(value.shape) for value in own.values()] == [tuple(value.shape) for value in theirs.values()]
    model.load_state_dict(dict(zip(own, theirs.values(), strict=True)))
    images = torch.randn(2, 3, 64, 64)
    for training in (True, False):
        model.train(training), reference.train(training)
        with torch.no_grad():
            torch.testing.assert_close(model(images), reference(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [{"depth": 8}, {"depth": 8, "shortcut": "A"}, {"depth": 8, "residual": False}]
    + [{"depth": 11, "block": "bottleneck"}, {"depth": 11, "block": "bottleneck", "shortcut": "A", "width": "hysts"}]
    + [{"layout": "imagenet", "depth": 18, "initial_channels": 8, "stem": stem} for stem in ("small", "imagenet")],
)
@pytest.mark.parametrize(("channels", "size"), [(1, 16), (1, 28), (3, 32)])
def test_gradients_reach_every_parameter_at_every_image_size(options: dict, channels: int, size: int) -> None:
    model = build(channels, classes=5, **options)
    logits = model(torch.randn(4, channels, size, size))
    assert logits.shape == (4, 5)
    logits.square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_parts_come_in_order_and_hold_every_parameter_once() -> None:
    model = build(layout="imagenet", depth=18)
    assert list(model.parts) == ["stem", "layer1", "layer2", "layer3", "layer4", "head"]
    in_parts = [
        f"{path}.{name}"
        for paths in model.parts.values()
        for path in paths
        for name, _ in model.get_submodule(path).named_parameters()
    ]
    assert in_parts == [name for name, _ in model.named_parameters()]


def test_empty_slots_change_nothing_and_stand_at_every_block_and_layer() -> None:
    model = build(depth=14)
    slots = {path: slot for path, slot in model.named_modules() if isinstance(slot, AttentionSlot)}
    assert [path for path, slot in slots.items() if slot.where == "layer"] == [f"layer{i}.attention" for i in (1, 2, 3)]
    assert [path for path, slot in slots.items() if slot.where == "block"] == [
        f"layer{i}.{j}.attention" for i in (1, 2, 3) for j in (0, 1)
    ]
    x = torch.randn(1, 16, 4, 4)
    assert all(slot(x) is x for slot in slots.values())


def test_slot_in_a_block_stands_before_the_addition() -> None:
    """With the slot's output zeroed a block is its shortcut, so relu(x) remains."""
    block = build(depth=8).layer1[0].eval()
    block.attention.register_forward_hook(lambda module, inputs, output: output * 0)
    x = torch.randn(2, 16, 8, 8)
    assert torch.equal(block(x), x.relu())


def test_slots_know_the_width_they_get() -> None:
    model = build(depth=11, block="bottleneck")
    seen = {}
    for path, slot in model.named_modules():
        if isinstance(slot, AttentionSlot):
            slot.register_forward_hook(lambda module, inputs, output, path=path: seen.update({path: output.shape[1]}))
    model(torch.randn(2, 3, 16, 16))
    assert seen == {path: slot.channels for path, slot in model.named_modules() if isinstance(slot, AttentionSlot)}


@pytest.mark.parametrize(("mode", "fan"), [("fan_out", 64 * 9), ("fan_in", 32 * 9)])
def test_starting_weights_have_the_spread_that_was_asked_for(mode: str, fan: int) -> None:
    torch.manual_seed(0)
    weight = build(depth=8, init=mode, initial_channels=32).layer2[0].conv1.weight
    assert weight.std().item() == pytest.approx((2 / fan) ** 0.5, rel=0.02)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"depth": 21}, "depth 21 does not fit: basic blocks need 6n+2 (8, 14, 20 ...); nearest: 20 and 26"),
        (
            {"depth": 8, "block": "bottleneck"},
            "depth 8 does not fit: bottleneck blocks need 9n+2 (11, 20, 29 ...); nearest: 11",
        ),
        ({"depth": 20, "layout": "imagenet"}, "depth 20 does not fit: the imagenet layout has 18, 34, 50, 101 or 152"),
        ({"depth": 50, "layout": "imagenet", "block": "basic"}, "block 'basic' does not fit: depth 50"),
    ],
)
def test_a_depth_that_does_not_fit_is_refused_with_those_that_do(options: dict, words: str) -> None:
    with pytest.raises(ValueError) as error:
        resnet.Options(**options)
    assert words in str(error.value)
