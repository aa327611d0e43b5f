"""Seed 002, the model case of a freeze plan: counts, what is random and frozen, its stem, its published log."""

import pytest
import torch

from engine.config import overrides, presets, published_figures
from engine.config.differences import check, resolve
from engine.models import torchvision as part
from engine.stages import freezing
from engine.training import assemble
from engine.worker.plan_summary import describe_plan

PUBLISHED = ["49,042", "10,542,482", "11,217,874"]


@pytest.mark.parametrize("name", ["resnet18_cbam", "resnet18_cbam_corrected"])
def test_both_versions_train_as_many_parameters_in_each_stage_as_published(name, tmp_path):
    lines, faults = describe_plan(resolve(presets.read(f"seed_002/{name}")[0]), tmp_path, tmp_path)
    assert not faults
    assert [line.split(" epochs, ")[1].split()[0] for line in lines] == PUBLISHED


def test_as_published_a_random_stem_is_frozen_and_that_has_to_be_said(tmp_path):
    differences = presets.read("seed_002/resnet18_cbam")[0]
    config = resolve(overrides.apply(differences, ["allow_random_frozen=false"]))
    faults = describe_plan(config, tmp_path, tmp_path)[1]
    assert [fault.code for fault in faults] == ["random_frozen", "random_frozen"]
    assert faults[0].values == {"stage": 1, "parts": "stem"}
    corrected = resolve(presets.read("seed_002/resnet18_cbam_corrected")[0])
    assert not corrected.allow_random_frozen and not describe_plan(corrected, tmp_path, tmp_path)[1]


def test_the_published_log_belongs_to_the_plan():
    """Fifty epochs; accuracy jumps where layers thaw."""
    config = resolve(presets.read("seed_002/resnet18_cbam")[0])
    (log,) = published_figures.find(["resnet18_cbam"])
    top1 = {row["epoch"]: row["val.top1"] for row in log["epochs"]}
    assert list(top1) == list(range(1, config.epochs + 1))
    assert (top1[5], top1[6], top1[20], top1[21], top1[50]) == (56.66, 74.78, 86.88, 88.24, 90.63)
    assert [stage.epochs for stage in config.stages] == [5, 15, 30]


def network(stem):
    config = resolve({"model": {"name": "torchvision", "stem": stem}, "attention": "cbam", "allow_random_frozen": True})
    return assemble.build_model(config, 3, 10, 32)


@pytest.fixture(scope="module")
def theirs():
    """Weights as torchvision's file has them, made up."""
    torch.manual_seed(5)
    return part.make_network("resnet18", "own").state_dict()


@pytest.mark.parametrize("stem", ["small", "small_centre"])
def test_a_small_stem_is_random_or_the_centre_of_the_trained_one_and_said_so(stem, theirs):
    model = network(stem)
    loaded = assemble.load_starting_weights(model, theirs, same_classes=False)
    kept, whole = model.conv1.weight, theirs["conv1.weight"]
    assert kept.shape == (64, 3, 3, 3) and isinstance(model.maxpool, torch.nn.Identity)
    assert ("stem" in loaded.parts) == (stem == "small_centre")
    assert loaded.sentence().startswith(f"Loaded {'stem, ' if stem == 'small_centre' else ''}layer1")
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
        assemble.build_model(config, 3, 10, 64)


def test_a_plan_that_trains_nothing_is_a_fault_without_looking_at_the_model():
    faults = check({"stages": [{"epochs": 2}, {"train": []}]})[1]
    assert [(fault.field, fault.code, fault.values) for fault in faults] == [
        ("stages.1.train", "nothing_trains", {"stage": 2})
    ]


@pytest.mark.parametrize(
    ("stage", "field", "words"),
    [
        ({"learning_rate": -0.1}, "learning_rate", "above 0 and at most 100, not -0.1"),
        ({"learning_rate": {"head": 0}}, "learning_rate", "above 0 and at most 100, not 0"),
        ({"rate_factors": {"head": -1}}, "rate_factors", "above 0 and at most 1000, not -1"),
        ({"epochs": 0}, "epochs", "must be at least 1, not 0"),
        ({"until_accuracy": 101}, "until_accuracy", "must be at most 100.0, not 101"),
        ({"patience": -1}, "patience", "must be at least 0, not -1"),
    ],
)
def test_faults_of_a_stage_name_its_field_and_what_is_allowed(stage, field, words):
    (fault,) = check({"stages": [{}, stage]})[1]
    assert fault.field.startswith(f"stages.1.{field}") and words in fault.message


def test_a_factor_for_a_part_that_does_not_exist_is_named_with_a_near_one():
    config = resolve({"stages": [{"rate_factors": {"layr1": 0.1}}]})
    (fault,) = freezing.check_plan(config, ["stem", "layer1", "head"], [])
    assert fault.field == "stages.0.rate_factors" and "did you mean 'layer1'" in fault.message


def test_an_edit_of_a_stage_that_the_plan_has_not_is_a_fault():
    edits = [{"iteration": 5, "field": "stages.3.epochs", "value": 2}]
    assert check({"edits": edits})[1][0].field == "edits.0.field"
    assert check({"edits": [{"iteration": 5, "field": "batch_size"}]})[1][0].field == "edits.0.field"
