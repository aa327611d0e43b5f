"""The config: all faults at once, each with its field; differences and the whole are two ways to say the same."""

import pytest

from engine.config import overrides, presets
from engine.config.differences import changes, check, resolve


def faults(differences):
    return [str(fault) for fault in check(differences)[1]]


def test_the_defaults_are_sound_and_are_no_changes():
    config = resolve({})
    assert changes(config) == {}
    assert check(config.model_dump())[0] == config


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_sound_and_comes_back_from_its_changes(name):
    differences, about = presets.read(name)
    config = resolve(differences)
    assert resolve(changes(config)) == config
    assert resolve(overrides.apply({}, overrides.as_words(changes(config)))) == config
    assert {"en", "zh"} <= set(about["title"])


def test_all_faults_are_listed_together_with_their_fields():
    listed = faults(
        {
            "model": {"depth": 21},
            "optimizer": {"name": "adamww"},
            "augmentations": [{"name": "mixup", "alpha": -1}, {"padding": 4}],
            "stages": [{"epochs": 0}, {"epochs": True, "train": "head", "lerning_rate": 1}],
            "batch_size": "128",
            "validation": 0.9,
            "batchsize": 1,
        }
    )
    fields = [fault.split(":")[0] for fault in listed]
    assert sorted(fields) == sorted(
        ["model", "optimizer.name", "augmentations.0.alpha", "augmentations.1", "stages.0.epochs", "stages.1.epochs",
         "stages.1.train", "stages.1.lerning_rate", "batch_size", "validation", "batchsize"]
    )  # fmt: skip
    text = "\n".join(listed)
    assert "depth 21 does not fit: basic blocks need 6n+2: 20, 26, 32" in text
    assert "optimizer 'adamww' is unknown; did you mean 'adamw'?" in text
    assert "lerning_rate is unknown; did you mean 'learning_rate'?" in text
    assert "must be a whole number, not True" in text
    assert "batch_size: must be a whole number, not '128'" in text


@pytest.mark.parametrize("rate", [0, -1, 1e9, float("nan"), float("inf"), "1e-3 ", True])
def test_a_learning_rate_that_cannot_be_is_refused(rate):
    assert faults({"optimizer": {"learning_rate": rate}})
    assert faults({"stages": [{"learning_rate": rate}]})
    assert faults({"stages": [{"learning_rate": {"head": rate}}]})
