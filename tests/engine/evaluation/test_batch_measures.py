"""Accuracy of mixed labels, and what pseudo-labels are worth."""

import dataclasses
import math

import pytest
import torch

from engine.evaluation.batch_measures import pseudo_measures, soft_accuracy
from engine.objectives._objective import Losses


def test_each_answer_counts_as_much_as_the_target_gives_it():
    logits = torch.tensor([[3.0, 2, 1, 0, -1, -2], [0, 1, 2, 3, 4, 5]])
    targets = torch.tensor([[0.7, 0, 0, 0, 0, 0.3], [0.25, 0, 0, 0, 0, 0.75]])
    top1, top5 = soft_accuracy(logits, targets)
    assert (top1.item(), top5.item()) == (pytest.approx(72.5), pytest.approx(72.5))


def test_pseudo_labels_are_judged_where_one_was_taken():
    parts = {"cls": torch.tensor(1.0)}
    losses = Losses(parts, dict.fromkeys(parts, 1.0), torch.zeros(4, 3))
    assert pseudo_measures(losses, torch.tensor([0, 1, 2, 0])) == {}
    labels = {"measures": {"trust": torch.tensor(90.0)}, "pseudo_labels": torch.tensor([0, 2, -1, 0])}
    measures = pseudo_measures(dataclasses.replace(losses, **labels), torch.tensor([0, 1, 2, 0]))
    assert measures["pseudo.trust"] == 90 and measures["pseudo.accuracy"].item() == pytest.approx(200 / 3)
    none = pseudo_measures(dataclasses.replace(losses, pseudo_labels=torch.full((4,), -1)), torch.tensor([0, 1, 2, 0]))
    assert math.isnan(none["pseudo.accuracy"])
