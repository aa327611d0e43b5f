"""Scores count every image once and name the worst mistakes first."""

import pytest
import torch

from engine.evaluation import evaluate

LOGITS = torch.tensor([[4.0, 0, 0], [0, 1, 0], [0, 3, 0], [0, 0, 2]])
TARGETS = torch.tensor([0, 1, 0, 1])


def test_the_scores_are_those_of_the_formula():
    scores = evaluate.scores(LOGITS, TARGETS)
    wanted = -LOGITS.log_softmax(1)[torch.arange(4), TARGETS].mean().item()
    assert scores == {"loss": pytest.approx(wanted), "top1": 50, "top5": 100}


def test_the_report_has_confusion_accuracy_by_class_and_mistakes_by_confidence():
    report = evaluate.report(LOGITS, TARGETS, ["a", "b", "c"])
    assert report["confusion"] == [[1, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert report["per_class"] == [50, 50, None] and report["count"] == 4
    assert [(one["index"], one["target"], one["predicted"]) for one in report["mistakes"]] == [(2, 0, 1), (3, 1, 2)]
    assert report["mistakes"][0]["probability"] == pytest.approx(LOGITS[2].softmax(0)[1].item())
