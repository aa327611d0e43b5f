"""The losses of adaptation without labels, each against a second derivation that is written out image by image."""

import math

import pytest
import torch

from engine.objectives._label_free import log_keys, log_mean_probabilities, unfairness
from tests.engine.objectives.toy import CLASSES

pytestmark = pytest.mark.usefixtures("in_double")


def test_fairness_is_ln_k_for_equal_classes_more_otherwise_and_finite_at_the_worst():
    equal = torch.eye(CLASSES).double() * 50
    assert unfairness(log_mean_probabilities(equal)).item() == pytest.approx(math.log(CLASSES), abs=1e-12)
    uneven = equal[[0, 0, 1, 2, 3]]
    assert unfairness(log_mean_probabilities(uneven)).item() > math.log(CLASSES) + 0.01
    one_class = torch.zeros(8, CLASSES, requires_grad=True) + torch.tensor([500.0, 0, 0, 0])
    value = unfairness(log_mean_probabilities(one_class))
    assert value.item() == pytest.approx(375, abs=0.01)


# --- the seed's log


@pytest.mark.parametrize("weight", [1.0, 0.1])
def test_percentages_follow_from_the_weighted_parts(weight):
    row = {"train.loss": weight * (0.9 + 2.3 + 0.04), "val.top1": 95.0}
    row |= {"loss.cls": 0.9, "loss.reg": 2.3, "loss.align": 0.04}
    keys = log_keys(row, "hierarchical", weight, ["cls", "reg", "align"])
    assert keys["loss_align"] == 0.04
    assert keys["hierarchical_percent"] == pytest.approx(100)
    assert sum(keys[f"{name}_percent"] for name in ("cls", "reg", "align")) == pytest.approx(100)
    assert (keys["use_hierarchical"], keys["use_self_distillation"], keys["distill_percent"]) == (True, False, 0)


def test_under_self_distillation_all_of_the_loss_is_distillation():
    row = {"train.loss": 2 * (1.05 + 0.15), "val.top1": 95.0, "loss.distill": 1.05, "loss.pseudo_label": 0.15}
    keys = log_keys(row, "self_distillation", 2.0, ["distill", "pseudo_label"])
    assert keys["distill_avg"] == pytest.approx(1.2) and keys["distill_percent"] == pytest.approx(100)
    assert keys["hierarchical_percent"] == keys["cls_percent"] == 0


def test_of_a_loss_of_zero_every_percentage_is_zero():
    row = {"train.loss": 0.0, "val.top1": 100.0, "loss.cls": 0.0}
    keys = log_keys(row, "hierarchical", 1.0, ["cls"])
    assert keys["cls_percent"] == keys["hierarchical_percent"] == keys["distill_percent"] == 0
