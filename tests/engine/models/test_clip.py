"""CLIP is open_clip's, to the last number: features, the classifier made of sentences, and weights under its names."""

import open_clip
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from safetensors.torch import save_file

from engine.config.differences import resolve
from engine.config.stage import Stage
from engine.datasets._dataset import Dataset, MemorySplit, select
from engine.models import clip
from engine.options import DatasetOptions
from engine.stages import freezing, model_parts
from engine.training import data_split, load_weights, weight_source
from engine.training.build_model import build_model, match_to_data
from engine.training.stage_start import begin_stage
from engine.training.trainer import Trainer
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan
from tests.training import Ears, new_run

NAMES = ["t-shirt", "trouser", "ankle boot"]
TEMPLATES = ["a photo of a {}.", "the {}, worn."]


def small(classes=3, **options):
    torch.manual_seed(0)
    return clip.build(clip.Options(templates=TEMPLATES, **options), 1, classes, 28)


@pytest.fixture(scope="module")
def towers():
    torch.manual_seed(1)
    made = clip.make_towers("small")
    with torch.no_grad():
        made.logit_scale.fill_(3.5)
    return made.eval()


def test_features_are_those_of_open_clips_image_tower():
    model, images = small(), torch.rand(4, 1, 28, 28)
    expected = F.normalize(model.visual(images.expand(-1, 3, -1, -1)), dim=1)
    torch.testing.assert_close(model.features(images), expected)


def test_the_classifier_equals_open_clips_own_recipe(towers):
    model = small()
    model.set_classes(NAMES)
    adopted = model.adopt(towers.state_dict(), same_classes=True)
    tokenizer = open_clip.SimpleTokenizer(context_length=24)
    expected = open_clip.build_zero_shot_classifier(towers, tokenizer, NAMES, TEMPLATES)  # (D, K)
    torch.testing.assert_close(adopted["head.weight"], expected.T, atol=1e-5, rtol=0)

    result = load_weights.load_starting_weights(model, adopted, same_classes=True)
    assert result.parts == list(model.parts) and not result.unfit
    images = torch.rand(5, 1, 28, 28)
    features = F.normalize(towers.visual(images.expand(-1, 3, -1, -1)), dim=1)
    torch.testing.assert_close(model(images), towers.logit_scale.exp() * features @ expected, atol=1e-4, rtol=0)


def test_a_text_tower_that_is_kept_has_open_clips_weights_and_makes_the_same_rows(towers):
    model = small(text_tower="kept")
    model.set_classes(NAMES)
    load_weights.load_starting_weights(model, model.adopt(towers.state_dict(), True), True)
    assert list(model.parts)[-2:] == ["text", "head"]
    with torch.no_grad():
        torch.testing.assert_close(clip.class_rows(model.text, model.sentences), model.head.weight)


def test_weights_of_a_run_keep_their_head_for_the_same_classes_and_get_a_new_one_for_others(towers):
    saved = small(text_tower="kept")
    saved.set_classes(NAMES)
    saved.load_state_dict(saved.adopt(towers.state_dict(), True))
    with torch.no_grad():
        saved.head.weight += 1  # it has trained since
    model = small()
    model.set_classes(NAMES)
    assert torch.equal(model.adopt(saved.state_dict(), same_classes=True)["head.weight"], saved.head.weight)
    model.set_classes(["sandal", "coat", "bag"])
    renewed = model.adopt(saved.state_dict(), same_classes=False)["head.weight"]
    torch.testing.assert_close(renewed.norm(dim=1), torch.ones(3))
    assert not {name for name in model.adopt(saved.state_dict(), True) if name.startswith("text.")}


def test_without_sentences_for_other_classes_the_head_stays_random():
    saved = small().state_dict()
    model = small()
    model.set_classes(NAMES)
    assert "head.weight" not in model.adopt(saved, same_classes=False)


def test_hidden_patches_are_replaced_by_the_token_before_their_place_is_added():
    model, images = small(), torch.rand(2, 1, 28, 28)
    hidden = torch.zeros(2, 16, dtype=torch.bool)
    hidden[0, 6] = True
    token = torch.randn(96)
    torch.testing.assert_close(model.encode(images, (hidden, token))[1], model.encode(images)[1])
    other = images.clone()
    other[0, :, 7:14, 14:21] = 0.123  # patch 6 of 4 a row: what stood there is not seen
    torch.testing.assert_close(model.encode(other, (hidden, token)), model.encode(images, (hidden, token)))


def test_normalisation_is_clips_own_for_towers_that_were_trained_elsewhere():
    with torch.device("meta"):
        model = clip.build(clip.Options(architecture="ViT-S-32"), 3, 10, 32)
    assert model.normalisation(3) == (list(open_clip.OPENAI_DATASET_MEAN), list(open_clip.OPENAI_DATASET_STD))
    mean, _ = model.normalisation(1)
    assert mean == [pytest.approx(sum(open_clip.OPENAI_DATASET_MEAN) / 3)]
    assert small().normalisation(1) is None


def test_dpa_trains_the_norms_and_the_classifier_of_vit_b_32():
    with torch.device("meta"):
        model = clip.build(clip.Options(architecture="ViT-B-32-quickgelu"), 3, 10, 32)
    freezing.freeze(model, Stage(train=["head"], frozen_batchnorm="affine_trains"))
    trained = {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}
    assert sum(trained.values()) == 45_056 and trained["head.weight"] == 5_120
    assert all("ln_" in name for name in trained if name != "head.weight")
    assert list(model.parts) == ["embeddings", *(f"block{n}" for n in range(1, 13)), "norm", "head"]


def test_the_parts_of_vit_b_32_have_the_sizes_that_follow_from_its_widths():
    with torch.device("meta"):
        model = clip.build(clip.Options(architecture="ViT-B-32-quickgelu"), 3, 10, 32)
    sizes = {part: sum(p.numel() for p in held) for part, held in model_parts.parameters_by_part(model).items()}
    embeddings = 3 * 32 * 32 * 768 + 768 + 50 * 768 + 2 * 768
    block = 4 * 768 + (768 + 1) * 3 * 768 + (768 + 1) * 768 + (768 + 1) * 3072 + (3072 + 1) * 768
    assert sizes.pop("embeddings") == embeddings == 2_400_000
    assert sizes.pop("norm") == 2 * 768 + 768 * 512 and sizes.pop("head") == 10 * 512
    assert set(sizes.values()) == {block} == {7_087_872} and len(sizes) == 12


@pytest.mark.slow
def test_the_real_vit_b_32_starts_from_its_sentences_and_takes_a_step_of_dpa(tmp_path):
    """Random weights stand in for OpenAI's: they have the same names and shapes."""
    torch.manual_seed(0)
    real = clip.make_towers("ViT-B-32-quickgelu").eval()
    path = tmp_path / "towers.safetensors"
    save_file(real.state_dict(), path)
    config = resolve({
        "data": {"name": "digits", "limit": 20}, "validation": "test", "batch_size": 4, "weights": str(path),
        "model": {"name": "clip", "architecture": "ViT-B-32-quickgelu", "templates": TEMPLATES}, "objective": "dpa",
        "optimizer": "adamw", "stages": [{"epochs": 1, "train": ["head"], "frozen_batchnorm": "affine_trains"}],
    })  # fmt: skip
    data = data_split.load_data(config, tmp_path)
    model = build_model(config, 1, 10, 8)
    match_to_data(model, data.dataset)
    found = weight_source.weights_for(model, str(path), data.dataset.classes, tmp_path, tmp_path)
    load_weights.load_starting_weights(model, found.weights, found.same_classes(data.dataset.classes))
    tokenizer = open_clip.get_tokenizer("ViT-B-32-quickgelu")
    expected = open_clip.build_zero_shot_classifier(real, tokenizer, data.dataset.classes, TEMPLATES)
    torch.testing.assert_close(model.head.weight.detach(), expected.T, atol=1e-5, rtol=0)

    before = {name: value.clone() for name, value in model.state_dict().items()}
    trainer = Trainer(config, data, model, {}, torch.device("cpu"), Ears(new_run(tmp_path)), 0)
    begin_stage(trainer, 0)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 45_056
    numbers = torch.arange(4)
    row = trainer.step((numbers, data.train.images(numbers), data.train.targets[:4]))
    assert row["loss"].isfinite() and row["gradient_norm"].isfinite()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert "head.weight" in moved and all("ln_" in name or name == "head.weight" for name in moved)


def test_layer_decay_gives_the_fourteen_scales_of_must():
    with torch.device("meta"):
        model = clip.build(clip.Options(architecture="ViT-B-32"), 3, 10, 32)
    stage = Stage(learning_rate=2.0, layer_decay=0.65)
    rates = {part: stage.rate(part, 0.1, model.parts) for part in model.parts}
    assert rates["embeddings"] / 2 == pytest.approx(0.65**13) == pytest.approx(0.0036972, abs=1e-7)
    for block in range(12):
        assert rates[f"block{block + 1}"] == pytest.approx(2 * 0.65 ** (12 - block))
    assert rates["norm"] == rates["head"] == 2
    assert Stage(layer_decay=0.5, learning_rate={"block12": 7.0}).rate("block12", 0.1, model.parts) == 7


# --- faults


@pytest.mark.parametrize("template", ["a photo.", "a {} or {}", "a {name}", "{} {", "{0}"])
def test_a_template_needs_one_place_for_the_name(template):
    with pytest.raises(ValidationError, match=r"needs exactly one \{\}, the place of the class name"):
        clip.Options(templates=[template])


def test_class_names_must_be_there_for_every_class_and_more_than_one():
    with pytest.raises(ValueError, match="class_names: 2 names for 3 classes"):
        small(class_names=["a", "b"])
    with pytest.raises(ValueError, match="class_names: class 2 has no name"):
        small(class_names=["a", " ", "b"])
    with pytest.raises(ValueError, match="needs at least two, not 1"):
        small(classes=1).set_classes(["only"])


def test_weights_of_another_architecture_are_named_with_both_shapes(tmp_path, towers):
    path = tmp_path / "权重 of CLIP.safetensors"
    save_file(towers.state_dict(), path)
    config = resolve({"model": {"name": "clip", "architecture": "ViT-S-32"}, "weights": str(path)})
    lines, faults, _ = describe_plan(config, Cache(tmp_path, tmp_path))
    assert not lines and [fault.field for fault in faults] == ["weights"]
    assert "(97, 96)" not in str(
        faults[0]
    ) and "has the shape (96,) in this file, and has the shape (384,) in ViT-S-32" in str(faults[0])


def test_weights_that_are_not_there_are_named_with_what_would_do(tmp_path):
    config = resolve({"model": "clip", "weights": str(tmp_path / "没有 nothing.safetensors")})
    _, (fault,), _ = describe_plan(config, Cache(tmp_path, tmp_path))
    assert fault.field == "weights" and "没有 nothing.safetensors' is neither the id of a saved run nor a file" in str(
        fault
    )


def test_weights_that_fit_let_a_plan_freeze_what_they_fill(tmp_path, towers):
    path = tmp_path / "clip.safetensors"
    save_file(towers.state_dict(), path)
    config = resolve({"model": "clip", "weights": str(path), "stages": [{"train": ["head"]}]})
    lines, faults, _ = describe_plan(config, Cache(tmp_path, tmp_path))
    assert not faults and "640 trainable parameters" in lines[0]


def test_an_unknown_name_of_weights_says_which_are_known(tmp_path):
    config = resolve({"model": {"name": "clip", "architecture": "ViT-B-32-quickgelu"}, "weights": "opnai"})
    _, faults, _ = describe_plan(config, Cache(tmp_path, tmp_path))
    assert "did you mean 'openai'?" in str(faults[0])
    fine = resolve({"model": {"name": "clip", "architecture": "ViT-B-32-quickgelu"}, "weights": "openai"})
    assert not describe_plan(fine, Cache(tmp_path, tmp_path)).faults


def gelus(model):
    return {type(module).__name__ for module in model.modules() if "GELU" in type(module).__name__}


@pytest.mark.parametrize(
    ("architecture", "weights", "activation"),
    [
        ("ViT-B-32", "openai", "QuickGELU"),
        ("ViT-B-32-quickgelu", "laion2b_s34b_b79k", "GELU"),
        ("ViT-B-32-quickgelu", "", "QuickGELU"),
        ("ViT-B-32", "", "GELU"),
    ],
)
def test_the_activation_follows_the_weights(architecture, weights, activation):
    options = {"name": "clip", "architecture": architecture, "text_tower": "kept"}
    config = resolve({"model": options, "weights": weights})
    with torch.device("meta"):
        model = build_model(config, 3, 10, 32)
    assert gelus(model) == {activation} and model.activation == activation


def test_both_activations_are_those_of_open_clip(towers):
    plain, quick = (open_clip.CLIP(**clip.SMALL, quick_gelu=quick).eval() for quick in (False, True))
    quick.load_state_dict(plain.state_dict())
    images = torch.randn(2, 3, 28, 28)
    wanted = quick.encode_image(images)
    assert not torch.allclose(plain.encode_image(images), wanted)
    clip.set_activation(plain, clip.QUICK)
    assert torch.equal(plain.encode_image(images), wanted)


def test_so_does_the_normalisation():
    config = resolve({"model": {"name": "clip", "architecture": "ViT-L-14"}, "weights": "laion2b_s32b_b82k"})
    with torch.device("meta"):
        model = build_model(config, 3, 10, 32)
    assert model.normalisation(3) == ([0.5] * 3, [0.5] * 3)


@pytest.mark.parametrize(
    ("data", "recorded", "mean", "std"),
    [
        ({}, None, 0.5, 0.5),
        ({"channel_std": [0.2] * 3}, None, 0.5, 0.2),
        ({"channel_mean": [0.1] * 3}, None, 0.1, 0.5),
        ({"channel_mean": [0.1] * 3, "channel_std": [0.2] * 3}, None, 0.1, 0.2),
        ({}, ([0.3] * 3, [0.4] * 3), 0.3, 0.4),  # as an older version began the run
    ],
)
def test_mean_and_deviation_are_each_those_that_were_chosen_else_the_models(data, recorded, mean, std):
    """The weights were trained with 0.5 and 0.5; images have 0.7 and 0.8."""
    model = {"name": "clip", "architecture": "ViT-L-14"}
    with torch.device("meta"):
        model = build_model(resolve({"model": model, "weights": "laion2b_s32b_b82k"}), 3, 3, 32)
    empty = MemorySplit(torch.zeros(0, 3, 1, 1, dtype=torch.uint8), torch.zeros(0))
    dataset = select(Dataset(empty, empty, NAMES, [0.7] * 3, [0.8] * 3, 32, 3), DatasetOptions(**data))
    match_to_data(model, dataset, recorded)
    assert (dataset.mean, dataset.std) == ([mean] * 3, [std] * 3)


def test_what_follows_the_weights_is_said_before_the_start(tmp_path):
    config = resolve({"model": {"name": "clip", "architecture": "ViT-B-32"}, "weights": "openai", "data": "digits"})
    lines = describe_plan(config, Cache(tmp_path, tmp_path)).weights.lines()
    assert any("trained with QuickGELU, so the network uses it instead of GELU" in line for line in lines)
    assert not any("classes" in line or "mean" in line for line in lines)


def test_weights_of_a_run_of_the_other_activation_are_refused(towers):
    model = small()
    model.set_classes(NAMES)
    found = weight_source.Found(dict(towers.state_dict()), {"activation": "QuickGELU"})
    with pytest.raises(ValueError, match="trained with QuickGELU, and this network computes with GELU"):
        weight_source.for_model(model, found, None)


def test_a_download_that_fails_says_what_to_do_by_hand(tmp_path, monkeypatch):
    def offline(*_, **__):
        raise FileNotFoundError("no network")

    monkeypatch.setattr(open_clip, "download_pretrained", offline)
    with torch.device("meta"):
        model = clip.build(clip.Options(architecture="ViT-B-32-quickgelu"), 3, 10, 32)
    with pytest.raises(
        ValueError, match=r"huggingface\.co/timm/vit_base_patch32.*fetch the \.safetensors file by hand"
    ):
        model.fetch("openai", tmp_path)
