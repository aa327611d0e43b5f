"""Families compute what independent implementations do: a library's, or else the paper's formula written out again."""

from typing import get_args

import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from engine import catalog
from engine.models import dla, pyramidnet, se_resnet_preact, vgg
from engine.models._network import Place
from engine.models._residual import PaddedShortcut


def build(name: str, channels: int = 3, classes: int = 10, side: int = 64, **options: object) -> nn.Module:
    torch.manual_seed(0)
    part = catalog.load("models", name)
    return part.build(part.Options(**options), channels, classes, side)


def roughened(model: nn.Module) -> nn.Module:
    """In evaluation, with BatchNorms that do something."""
    generator = torch.Generator().manual_seed(3)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.running_var, module.weight):
                values.data.uniform_(0.5, 1.5, generator=generator)
            for values in (module.running_mean, module.bias):
                values.data.normal_(0, 0.3, generator=generator)
    return model.eval()


def norm(x: Tensor, module: nn.Module) -> Tensor:
    shape = (1, -1, 1, 1)
    scale = module.weight / (module.running_var + module.eps).sqrt()
    return x * scale.view(shape) + (module.bias - module.running_mean * scale).view(shape)


def conv(x: Tensor, module: nn.Module, stride: int = 1) -> Tensor:
    return F.conv2d(x, module.weight, stride=stride, padding=module.weight.shape[2] // 2)


# --- equal to a library's

LIBRARY = [
    ("densenet", {"layout": "imagenet", "depth": 121, "growth_rate": 32}, "densenet121"),
    ("resnext", {"layout": "imagenet", "depth": 50, "cardinality": 32, "base_channels": 4}, "resnext50_32x4d"),
    ("vgg", {"layout": "imagenet", "depth": 16}, "vgg16_bn"),
    ("vgg", {"layout": "imagenet", "depth": 11, "batchnorm": False}, "vgg11"),
    ("resnet", {"layout": "imagenet", "depth": 34}, "resnet34"),
]


@pytest.mark.parametrize(("name", "options", "theirs"), LIBRARY)
@torch.no_grad()
def test_logits_equal_torchvision(name: str, options: dict, theirs: str) -> None:
    model, reference = build(name, **options), torchvision.models.get_model(theirs, weights=None, num_classes=10)
    own, others = model.state_dict(), roughened(reference).state_dict()
    assert [value.shape for value in own.values()] == [value.shape for value in others.values()]
    model.load_state_dict(dict(zip(own, others.values(), strict=True)))
    images = torch.randn(2, 3, 64, 64)
    expected = reference(images)
    torch.testing.assert_close(model.eval()(images), expected, rtol=1e-5, atol=1e-5 * expected.abs().max().item())


QUICK = ("dla34", "dla46x_c")
VARIANTS = [
    variant if variant in QUICK else pytest.param(variant, marks=pytest.mark.slow)
    for variant in get_args(dla.Options.model_fields["variant"].annotation)
]


@pytest.mark.parametrize("variant", VARIANTS)
@torch.no_grad()
def test_dla_with_places_for_attention_equals_timm(variant: str) -> None:
    model = build("dla", variant=variant, stem="imagenet")
    reference = roughened(timm.create_model(variant, num_classes=10))
    model.load_state_dict(reference.state_dict())
    images = torch.randn(2, 3, 64, 64)
    torch.testing.assert_close(model.eval()(images), reference(images), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_the_small_stem_of_dla_keeps_the_resolution_longer() -> None:
    model = build("dla", variant="dla46_c").eval()
    sides = {}
    for name, module in model.named_children():
        module.register_forward_hook(lambda module, inputs, output, name=name: sides.update({name: output.shape[-1]}))
    model(torch.randn(1, 3, 32, 32))
    assert [sides[f"level{number}"] for number in range(6)] == [32, 32, 32, 16, 8, 4]
    assert model.base_layer[0].weight.shape == (16, 3, 3, 3)


@torch.no_grad()
def test_attention_in_a_block_of_dla_stands_before_the_addition() -> None:
    block = dla.build(dla.Options(variant="dla46_c"), 3, 10, 32).level2.tree2.eval()
    block.attention.register_forward_hook(lambda module, inputs, output: output * 0)
    x = torch.randn(2, 64, 8, 8)
    assert torch.equal(block(x), x.relu())


# --- equal to the formula, for what no library has


def preact(x: Tensor, block: nn.Module, stride: int, shared: bool, first_relu: bool, last_norm: bool) -> Tensor:
    """Two or three convolutions with normalisation before each; what is added to them is not."""
    y = norm(x, block.bn1)
    y = y.relu() if first_relu or shared else y
    steps = [(block.conv1, stride), (block.conv2, 1)]
    if hasattr(block, "conv3"):
        steps = [(block.conv1, 1), (block.conv2, stride), (block.conv3, 1)]
    for number, (convolution, step) in enumerate(steps):
        y = conv(norm(y, getattr(block, f"bn{number + 1}")).relu() if number else y, convolution, step)
    return norm(y, block.last_bn) if last_norm else y


FLAGS = [
    (shared, remove, last, block)
    for shared in (True, False)
    for remove in (True, False)
    for last in (True, False)
    for block in ("basic", "bottleneck")
]


@pytest.mark.parametrize(("shared", "remove", "last", "block"), FLAGS)
@pytest.mark.parametrize("name", ["resnet_preact", "se_resnet_preact"])
@torch.no_grad()
def test_preactivation_blocks_are_their_formula(name: str, shared: bool, remove: bool, last: bool, block: str) -> None:
    depth = 14 if block == "basic" else 20
    model = build(
        name, depth=depth, block=block, shared_preactivation=[shared] * 3, remove_first_relu=remove, add_last_bn=last
    )
    roughened(model)
    x = torch.randn(2, *((64, 8, 8) if block == "bottleneck" else (16, 8, 8)))
    for number, one in enumerate(list(model.layer2)[:2]):
        first = number == 0
        y = preact(x, one, 2 if first else 1, shared and first, not remove, last)
        if name.startswith("se"):
            hidden = F.linear(y.mean((2, 3)), one.gate.fc1.weight.flatten(1), one.gate.fc1.bias).relu()
            y = y * F.linear(hidden, one.gate.fc2.weight.flatten(1), one.gate.fc2.bias).sigmoid()[:, :, None, None]
        added = norm(x, one.bn1).relu() if shared and first else x
        expected = y + (conv(added, one.shortcut, 2) if first else added)
        torch.testing.assert_close(one(x), expected, rtol=1e-4, atol=1e-4)
        x = expected


@torch.no_grad()
def test_a_whole_wide_resnet_is_its_formula() -> None:
    model = roughened(build("wide_resnet", depth=10, widening_factor=2))
    images = torch.randn(2, 3, 16, 16)
    x = conv(images, model.stem.conv)
    for layer, stride in ((model.layer1, 1), (model.layer2, 2), (model.layer3, 2)):
        block = layer[0]
        x = preact(x, block, stride, True, True, False) + conv(norm(x, block.bn1).relu(), block.shortcut, stride)
    expected = model.head.fc(norm(x, model.head.bn).relu().mean((2, 3)))
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_dropout_of_a_wide_resnet_stands_between_its_convolutions() -> None:
    block = build("wide_resnet", depth=10, widening_factor=1, dropout=0.5).layer1[0].train()
    seen = {}
    block.conv1.register_forward_hook(lambda module, inputs, output: seen.update(before=output))
    block.bn2.register_forward_hook(lambda module, inputs, output: seen.update(after=inputs[0]))
    block(torch.randn(8, 16, 8, 8))
    assert (seen["before"] != 0).all()
    assert (seen["after"] == 0).float().mean().item() == pytest.approx(0.5, abs=0.03)


@torch.no_grad()
def test_pyramid_blocks_are_their_formula() -> None:
    for options in ({"depth": 14, "alpha": 10}, {"depth": 20, "block": "bottleneck", "alpha": 11}):
        model = roughened(build("pyramidnet", **options))
        block = model.layer2[0]
        x = torch.randn(2, block.bn1.num_features, 8, 8)
        y = preact(x, block, 2, False, False, True)
        added = F.avg_pool2d(x, 2)
        missing = y.shape[1] - x.shape[1]
        expected = y + torch.cat([added, torch.zeros(2, missing, 4, 4)], 1)
        torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-4)


def test_pyramid_widths_grow_by_the_same_amount() -> None:
    widths = [width for layer in pyramidnet.Options(depth=110, alpha=48).widths() for width in layer]
    assert len(widths) == 54 and widths[-1] == 16 + 48
    assert all(abs(width - (16 + 48 * (number + 1) / 54)) <= 0.5 for number, width in enumerate(widths))
    assert pyramidnet.Options(depth=11, block="bottleneck", alpha=3).widths() == [[4 * 17], [4 * 18], [4 * 19]]


@pytest.mark.parametrize("side", [7, 8])
def test_padded_shortcuts_take_every_second_place_or_the_mean_of_squares(side: int) -> None:
    x = torch.randn(2, 3, side, side)
    place = Place(inputs=3, outputs=5, stride=2, layer=1, number=0)
    skip, mean = PaddedShortcut(place)(x), PaddedShortcut(place, reduce="mean")(x)
    assert torch.equal(skip[:, :3], x[:, :, ::2, ::2]) and not skip[:, 3:].any() and skip.shape[1] == 5
    torch.testing.assert_close(mean[:, :3, 1, 2], x[:, :, 2:4, 4:6].mean((2, 3)))
    assert mean.shape == skip.shape and not mean[:, 3:].any()


@torch.no_grad()
def test_basic_dense_blocks_and_transitions_are_their_formula() -> None:
    options = {"depth": 10, "block": "basic", "growth_rate": 4, "compression": 0.75, "first_channels": "paper"}
    model = roughened(build("densenet", **options))
    x = start = torch.randn(2, 16, 8, 8)
    for number in (0, 1):
        block = model.layer1[number].new
        x = torch.cat([x, conv(norm(x, block.bn2).relu(), block.conv2)], 1)
    torch.testing.assert_close(model.layer1(start), x, rtol=1e-4, atol=1e-4)
    transition = model.layer2[0]
    expected = F.avg_pool2d(conv(norm(x, transition.bn).relu(), transition.conv), 2)
    assert expected.shape == (2, 18, 4, 4)
    torch.testing.assert_close(transition(x), expected, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_whole_small_vgg_is_its_formula() -> None:
    model = roughened(build("vgg", depth=11, initial_channels=4, side=28))
    x = images = torch.randn(2, 3, 28, 28)
    for name in ("layer1", "layer2", "layer3", "layer4", "layer5"):
        for module in getattr(model, name):
            if isinstance(module, nn.Conv2d):
                x = conv(x, module) + module.bias[:, None, None]
            elif isinstance(module, nn.BatchNorm2d):
                x = norm(x, module).relu()
        x = F.max_pool2d(x, 2, ceil_mode=True)
    assert x.shape == (2, 32, 1, 1)
    expected = F.linear(x.flatten(1), model.head.fc.weight, model.head.fc.bias)
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_a_vgg_has_as_many_convolutions_as_its_name_says() -> None:
    for depth in (11, 13, 16, 19):
        model = vgg.build(vgg.Options(depth=depth, initial_channels=1, layout="imagenet", hidden_width=1), 3, 10, 32)
        assert sum(isinstance(module, nn.Conv2d | nn.Linear) for module in model.modules()) == depth


def test_gates_of_se_blocks_start_without_bias() -> None:
    model = se_resnet_preact.build(se_resnet_preact.Options(depth=8), 3, 10, 32)
    biases = [gate.bias for block in (model.layer1[0], model.layer3[0]) for gate in (block.gate.fc1, block.gate.fc2)]
    assert not torch.cat(biases).any()
