"""Networks of timm: any name builds with sensible parts, and their trained weights arrive where they fit."""

import timm
import torch
from pytest import mark, raises

from engine.models import timm as any_timm
from tests.engine.models.library_weights import CLASSES, assert_same, build, check_parts, put_by_hand, start

FAMILIES_OF_TIMM = sorted({(timm.models.model_entrypoint(name).__module__, name) for name in timm.list_models()})
ONE_OF_EACH = list(dict(FAMILIES_OF_TIMM[::-1]).values())[::-1]


@mark.slow
@mark.parametrize("architecture", ONE_OF_EACH)
def test_one_classifier_of_every_module_of_timm_has_parts(architecture: str) -> None:
    size = timm.get_pretrained_cfg(architecture).input_size
    with torch.device("meta"):
        model = build(any_timm, architecture, *size[:2])
    check_parts(model)
    assert model(torch.zeros(2, *size, device="meta")).shape == (2, CLASSES)


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


def test_other_names_are_refused_with_those_that_there_are(tmp_path) -> None:
    with raises(ValueError, match=r"did you mean 'a1_in1k'\?; known: .*tv_in1k"):
        start(build(any_timm, "resnet18", side=32), "a1_in1", tmp_path)
