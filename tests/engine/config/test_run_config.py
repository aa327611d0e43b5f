"""All faults of a config are told at once, each with its field."""

import pytest

from engine.config.differences import check


def faults(differences):
    return [str(fault) for fault in check(differences)[1]]


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
    assert "depth 21 does not fit: basic blocks need 6n+2 (8, 14, 20 ...); nearest: 20 and 26" in text
    assert "optimizer 'adamww' is unknown; did you mean 'adamw'?" in text
    assert "lerning_rate is unknown; did you mean 'learning_rate'?" in text
    assert "must be a whole number, not True" in text
    assert "batch_size: must be a whole number, not '128'" in text


@pytest.mark.parametrize("rate", [0, -1, 1e9, float("nan"), float("inf"), "1e-3 ", True])
def test_a_learning_rate_that_cannot_be_is_refused(rate):
    assert faults({"optimizer": {"learning_rate": rate}})
    assert faults({"stages": [{"learning_rate": rate}]})
    assert faults({"stages": [{"learning_rate": {"head": rate}}]})
