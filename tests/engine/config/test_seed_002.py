"""Seed 002, the model case of a freeze plan: counts, what is random and frozen, its stem, its published log."""

import pytest

from engine.config import overrides, presets, published_figures
from engine.config.differences import resolve
from engine.worker.cache import Cache
from engine.worker.plan_summary import describe_plan

PUBLISHED = ["49,042", "10,542,482", "11,217,874"]


@pytest.mark.parametrize("name", ["resnet18_cbam", "resnet18_cbam_corrected"])
def test_both_versions_train_as_many_parameters_in_each_stage_as_published(name, tmp_path):
    lines, faults, _ = describe_plan(resolve(presets.read(f"seed_002/{name}")[0]), Cache(tmp_path, tmp_path))
    assert not faults
    assert [line.split(" epochs, ")[1].split()[0] for line in lines] == PUBLISHED


def test_as_published_a_random_stem_is_frozen_and_that_has_to_be_said(tmp_path):
    differences = presets.read("seed_002/resnet18_cbam")[0]
    config = resolve(overrides.apply(differences, ["allow_random_frozen=false"]))
    faults = describe_plan(config, Cache(tmp_path, tmp_path)).faults
    assert [fault.code for fault in faults] == ["random_frozen", "random_frozen"]
    assert faults[0].values == {"stage": 1, "parts": "stem"}
    corrected = resolve(presets.read("seed_002/resnet18_cbam_corrected")[0])
    assert not corrected.allow_random_frozen and not describe_plan(corrected, Cache(tmp_path, tmp_path)).faults


def test_the_published_log_belongs_to_the_plan():
    """Fifty epochs; accuracy jumps where layers thaw."""
    config = resolve(presets.read("seed_002/resnet18_cbam")[0])
    (log,) = published_figures.find(["resnet18_cbam"])
    top1 = {row["epoch"]: row["val.top1"] for row in log["epochs"]}
    assert list(top1) == list(range(1, config.epochs + 1))
    assert (top1[5], top1[6], top1[20], top1[21], top1[50]) == (56.66, 74.78, 86.88, 88.24, 90.63)
    assert [stage.epochs for stage in config.stages] == [5, 15, 30]
