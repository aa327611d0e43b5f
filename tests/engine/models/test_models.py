"""What must be true of every architecture, whatever its family: a new file is tested at once, with its EXAMPLES."""

import copy
import re

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine import catalog
from engine.config.differences import check
from engine.config.stage import Stage
from engine.maps.gates import read_gates
from engine.models._slots import AttentionSlot
from engine.stages import freezing, model_parts
from engine.stages.parameter_groups import parameter_groups
from engine.training.build_model import insert_attention

NAMES = catalog.names("models")
CASES = [(name, options) for name in NAMES for options in getattr(catalog.load("models", name), "EXAMPLES", [{}])]
CLASSES = 5
KINDS = [name for name in catalog.names("attention") if name != "none"]


def build(name: str, options: dict, channels: int = 3, side: int = 32, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    part = catalog.load("models", name)
    model = part.build(part.Options(**options), channels, CLASSES, side)
    if hasattr(model, "set_classes"):
        model.set_classes([f"class {number}" for number in range(CLASSES)])
    return model


def images(count: int = 4, channels: int = 3, side: int = 32) -> Tensor:
    return torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(7))


def fits(name: str, options: dict, channels: int, side: int) -> nn.Module | None:
    """The model on the meta device, or nothing where it refuses images of this size and says so."""
    try:
        with torch.device("meta"):
            return build(name, options, channels, side)
    except ValueError as error:
        assert f"{side}x{side}" in str(error)
        return None


def slots(model: nn.Module, where: str) -> dict[str, AttentionSlot]:
    found = {path: module for path, module in model.named_modules() if isinstance(module, AttentionSlot)}
    return {path: slot for path, slot in found.items() if slot.where == where}


def put_attention(model: nn.Module, kind: str, where: str, **options: object) -> None:
    part = catalog.load("attention", kind)
    insert_attention(model, part.build, part.Options(where=where, **options))


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize(("channels", "side"), [(3, 32), (1, 28)])
def test_every_parameter_learns_from_images_of_either_kind(name: str, options: dict, channels: int, side: int) -> None:
    if side != 32 and fits(name, options, channels, side) is None:
        return
    model = build(name, options, channels, side).train()
    still = {key for key, _ in model.named_parameters()}
    for _ in range(2):  # some are behind a scale that starts at zero, and learn from the second step on
        logits = model(images(4, channels, side))
        assert logits.shape == (4, CLASSES) and logits.isfinite().all()
        model.zero_grad()
        logits.square().sum().backward()
        still -= {
            key for key, parameter in model.named_parameters() if parameter.grad is not None and parameter.grad.any()
        }
        torch.optim.SGD(model.parameters(), lr=0.001).step()
    assert not still


@pytest.mark.parametrize(("name", "options"), CASES)
def test_large_images_give_logits_or_a_reason(name: str, options: dict) -> None:
    model = fits(name, options, 3, 224)
    if model is not None:
        assert model(torch.zeros(2, 3, 224, 224, device="meta")).shape == (2, CLASSES)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_evaluation_is_deterministic_and_one_image_gets_what_it_gets_among_others(name: str, options: dict) -> None:
    model = build(name, options).eval()
    with torch.no_grad():
        logits = model(images())
        assert torch.equal(model(images()), logits)
        torch.testing.assert_close(model(images()[:1]), logits[:1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_weight_belongs_to_exactly_one_part(name: str, options: dict) -> None:
    model = build(name, options)
    by_part = model_parts.parameters_by_part(model)
    assert list(by_part)[-1] == "head" and all(by_part.values())
    assert sum(map(len, by_part.values())) == len(list(model.parameters()))
    paths = [path for paths in model.parts.values() for path in paths]
    assert len(set(paths)) == len(paths)
    assert not [(a, b) for a in paths for b in paths if a != b and f"{a}.".startswith(f"{b}.")]
    for key in model.state_dict():
        model_parts.owner(key, model.parts)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_parts_come_in_the_order_in_which_they_run(name: str, options: dict) -> None:
    model = build(name, options).eval()
    order: list[str] = []
    for path, module in model.named_modules():
        for own, _ in module.named_parameters(recurse=False):
            part = model_parts.owner(f"{path}.{own}".lstrip("."), model.parts)
            module.register_forward_pre_hook(lambda module, inputs, part=part: order.append(part))
    with torch.no_grad():
        model(images())
    ran = list(dict.fromkeys(order))
    assert ran == [part for part in model.parts if part in ran] and {*ran} >= {"head"}


@pytest.mark.parametrize(("name", "options"), CASES)
def test_saved_weights_come_back_bit_for_bit(name: str, options: dict, tmp_path) -> None:
    model, other = build(name, options, seed=1).eval(), build(name, options, seed=2).eval()
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, tmp_path / "权重.safetensors")
    other.load_state_dict(load_file(tmp_path / "权重.safetensors"))
    with torch.no_grad():
        assert torch.equal(other(images()), model(images()))


@pytest.mark.parametrize(("name", "options"), CASES)
def test_weights_follow_the_seed(name: str, options: dict) -> None:
    one, same, other = (build(name, options, seed=seed).state_dict() for seed in (1, 1, 2))
    assert list(one) == list(same) and all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("name", [name for name in NAMES if "init" in catalog.options("models", name).model_fields])
def test_starting_weights_have_the_spread_that_was_asked_for(name: str, mode: str) -> None:
    options = catalog.load("models", name).EXAMPLES[0]
    model, untouched = build(name, options | {"init": mode}), build(name, options | {"init": "torch"})
    large = {key: value for key, value in model.named_parameters() if value.ndim == 4 and value.numel() >= 500}
    for key, value in large.items():
        fans = dict(zip(("fan_in", "fan_out"), nn.init._calculate_fan_in_and_fan_out(value), strict=True))
        assert value.std().item() == pytest.approx((2 / fans[mode]) ** 0.5, rel=0.15), key
        spread = untouched.get_parameter(key).std().item()
        assert spread == pytest.approx((1 / (3 * fans["fan_in"])) ** 0.5, rel=0.15), key
    assert large


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("where", ["layer", "block"])
def test_attention_stands_where_it_is_asked_for_and_shows_its_gates(name: str, options: dict, where: str) -> None:
    model = build(name, options)
    places = slots(model, where)
    if not places:
        with pytest.raises(ValueError, match=f"no place for attention '{where}'"):
            put_attention(model, "cbam", where)
        return
    layers = [part for part in model.parts if part.startswith("layer")]
    own = [path for path, module in model.named_modules() if hasattr(module, "gates")]
    assert len(places) == len(layers) if where == "layer" else len(places) >= len(layers)
    before = build(name, options).eval()(images()[:2])
    put_attention(model, "cbam", where)
    assert list(model.parts)[-2:] == ["attention", "head"] and model_parts.parameters_by_part(model)["attention"]
    maps = read_gates(model, images()[:2])
    assert set(maps.blocks) == {*places, *own} and not torch.allclose(maps.logits, before)
    for path, place in places.items():
        assert maps.channel[path].shape == (2, place.channels) and maps.spatial[path].shape[0] == 2
    model.train()(images()).square().sum().backward()
    assert all(parameter.grad is not None for parameter in model_parts.parameters_by_part(model)["attention"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["layer", "block"])
@pytest.mark.parametrize("name", ["resnet", "shake_shake", "dla"])
def test_every_attention_block_goes_into_every_place(kind: str, where: str, name: str) -> None:
    model = build(name, catalog.load("models", name).EXAMPLES[0])
    places = slots(model, where)
    put_attention(model, kind, where, **({"behind_last": True} if kind == "bam" else {}))
    maps = read_gates(model, images(2))
    assert maps.blocks == sorted(places, key=maps.blocks.index) and maps.logits.isfinite().all()


@pytest.mark.parametrize(("name", "options"), CASES)
def test_a_copy_stands_on_its_own(name: str, options: dict) -> None:
    """Averaged weights are copies: what happens to a copy, its attention included, does not reach the original."""
    model = build(name, options)
    where = "layer" if slots(model, "layer") else "none"
    if where == "layer":
        put_attention(model, "se", "layer", reduction=1)
    model.eval()
    with torch.no_grad():
        before = model(images(2))
        other = copy.deepcopy(model)
        assert torch.equal(other(images(2)), before)
        for parameter in other.parameters():
            parameter.mul_(0.5)
        assert torch.equal(model(images(2)), before) and not torch.equal(other(images(2)), before)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_out_of_bounds_is_refused_by_name(name: str) -> None:
    options = catalog.options("models", name)
    with pytest.raises(ValidationError, match="depht"):
        options(depht=20)
    for field, info in options.model_fields.items():
        for bound, beyond in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0)):
            for limit in (getattr(item, bound) for item in info.metadata if hasattr(item, bound)):
                with pytest.raises(ValidationError, match=field):
                    options(**{field: limit + beyond})


WRONG = [
    (
        "wide_resnet",
        {"depth": 27},
        "depth 27 does not fit: basic blocks need 6n+4 (10, 16, 22 ...); nearest: 22 and 28",
    ),
    (
        "resnet_preact",
        {"depth": 21},
        "depth 21 does not fit: basic blocks need 6n+2 (8, 14, 20 ...); nearest: 20 and 26",
    ),
    ("resnet_preact", {"shared_preactivation": [True]}, "shared_preactivation has 1 entries; the cifar layout needs 3"),
    ("resnet_preact", {"layout": "imagenet", "depth": 18, "shared_preactivation": [True] * 3}, "layout needs 4"),
    (
        "se_resnet_preact",
        {"depth": 12, "block": "bottleneck"},
        "bottleneck blocks need 9n+2 (11, 20, 29 ...); nearest: 11 and 20",
    ),
    ("densenet", {"depth": 41}, "bottleneck blocks need 6n+4 (10, 16, 22 ...); nearest: 40 and 46"),
    ("densenet", {"depth": 41, "block": "basic"}, "basic blocks need 3n+4 (7, 10, 13 ...); nearest: 40 and 43"),
    ("densenet", {"depth": 100, "layout": "imagenet"}, "the imagenet layout has 121, 161, 169, 201 or 264"),
    ("densenet", {"depth": 121, "layout": "imagenet", "block": "basic"}, "block 'basic' does not fit"),
    ("pyramidnet", {"depth": 100}, "basic blocks need 6n+2 (8, 14, 20 ...); nearest: 98 and 104"),
    ("pyramidnet", {"depth": 99, "layout": "imagenet"}, "has 18, 34, 50, 101, 152 or 200"),
    ("resnext", {"depth": 30}, "bottleneck blocks need 9n+2 (11, 20, 29 ...); nearest: 29 and 38"),
    ("shake_shake", {"depth": 27}, "basic blocks need 6n+2 (8, 14, 20 ...); nearest: 26 and 32"),
    ("shake_shake", {"initial_channels": 33}, "initial_channels"),
    ("vgg", {"depth": 12}, "depth"),
    ("dla", {"variant": "dla35"}, "variant"),
]


@pytest.mark.parametrize(("name", "options", "words"), WRONG)
def test_what_does_not_fit_is_refused_with_what_does(name: str, options: dict, words: str) -> None:
    with pytest.raises(ValidationError) as error:
        catalog.options("models", name)(**options)
    assert words in str(error.value)


OF_CIFAR = [
    (name, {"block": block} if block else {})
    for name, blocks in {
        "resnet": ["basic", "bottleneck"], "resnet_preact": ["basic", "bottleneck"], "resnext": [None],
        "se_resnet_preact": ["basic", "bottleneck"], "pyramidnet": ["basic", "bottleneck"], "shake_shake": [None],
        "densenet": ["basic", "bottleneck"], "wide_resnet": [None],
    }.items()
    for block in blocks
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), OF_CIFAR)
def test_depths_that_a_refusal_or_a_help_names_are_those_that_are_accepted(name: str, options: dict) -> None:
    family = catalog.options("models", name)
    accepted, refusals = [], {}
    for depth in range(1, 2001):
        try:
            family(depth=depth, **options)
            accepted.append(depth)
        except ValidationError as error:
            refusals[depth] = str(error)
    for depth, said in refusals.items():
        if found := re.search(r"need (\d)n\+(\d) \(([\d, ]+) \.\.\.\); nearest: (\d+)(?: and (\d+))?", said):
            assert [int(number) for number in found[3].split(", ")] == accepted[:3], said
            nearest = [int(number) for number in found.groups()[3:] if number]
            assert nearest == [*[d for d in accepted if d < depth][-1:], *[d for d in accepted if d > depth][:1]], said
    help = family.model_fields["depth"].description or ""
    if listed := re.search(r"n\+\d: ([\d, ]+) \.\.\.", help):
        numbers = [int(number) for number in listed[1].split(", ")]
        assert numbers == accepted[: len(numbers)]
    if not options:
        step, rest = map(int, re.search(r"(\d)n\+(\d)", help).groups())
        assert accepted[:3] == [step * n + rest for n in (1, 2, 3)]


FAMILY = '''
"""Tiny: two convolutions, to show that a family is one file. Nobody 2026, https://example.org"""

from collections import OrderedDict

from pydantic import Field
from torch import nn

from engine.models._network import Network, make_head, make_layer, small_stem
from engine.options import PartOptions


class Options(PartOptions):
    width: int = Field(4, ge=1, le=64, description="Width of both layers. Wider is slower.")


def build(options, channels, classes, image_size):
    width = options.width
    layer = make_layer([nn.Conv2d(width, width, 3, padding=1), nn.ReLU()], width)
    return Network(small_stem(channels, width), [layer], make_head(width, classes))
'''


def test_a_new_family_is_one_file(tmp_path) -> None:
    house = tmp_path / "engine"
    for kind in catalog.KINDS:
        (house / kind).mkdir(parents=True)
        for path in (catalog.HOUSE / kind).glob("[!_]*.py"):
            (house / kind / path.name).write_bytes(path.read_bytes())
    (house / "models" / "tiny.py").write_text(FAMILY, encoding="utf-8")

    assert sorted({*NAMES, "tiny"}) == catalog.names("models", house)
    assert catalog.summary("models", "tiny", house).strip().startswith("Tiny: two convolutions")
    _, faults = check({"model": {"name": "tiny", "width": 65, "widht": 3}}, house)
    assert len(faults) == 2 and all(fault.field.startswith("model.") for fault in faults)
    config, faults = check({"model": {"name": "tiny", "width": 8}}, house)
    assert not faults and config.model == {"name": "tiny", "width": 8}

    part = catalog.load("models", "tiny", house)
    model = part.build(part.Options(width=8), 3, CLASSES, 32)
    put_attention(model, "cbam", "layer")
    assert list(model.parts) == ["stem", "layer1", "attention", "head"]
    freezing.freeze(model, Stage(train=["layer1", "head"]))
    targets = torch.arange(4)
    losses = []
    for _ in range(2):
        loss = nn.functional.cross_entropy(model(images()), targets)
        loss.backward()
        torch.optim.SGD(parameter_groups(model, Stage(), 0.05, 0.0)).step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
