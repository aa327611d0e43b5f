"""DLA equals timm's, with places for attention and a stem for small images."""

from typing import get_args

import pytest
import timm
import torch
from pytest import mark

from engine.models import dla
from tests.engine.models.formulas import build, roughened
from tests.engine.models.library_weights import CLASSES, assert_same, put_by_hand, start

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


@mark.parametrize(("variant", "stem"), [("dla46_c", "imagenet"), ("dla46_c", "small")])
def test_trained_weights_of_dla_leave_a_small_stem_random(variant: str, stem: str, tmp_path) -> None:
    theirs = put_by_hand(tmp_path, f"{variant}.in1k.safetensors", timm.create_model(variant))
    model = dla.build(dla.Options(variant=variant, stem=stem), 3, CLASSES, 32)
    loaded, random = start(model, "pretrained", tmp_path)
    assert loaded == model.library_parts and ("stem" in loaded) == (stem == "imagenet")
    assert random["stem"] == ([] if stem == "imagenet" else ["base_layer.0.weight"])
    assert_same(model, theirs, but=("base_layer.0", "fc"))
