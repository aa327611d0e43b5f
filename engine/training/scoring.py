"""When a training scores its model: after each epoch, before training without labels, and at the end."""

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.datasets._dataset import Split
from engine.evaluation import evaluate
from engine.maps import gates
from engine.runs import baselines, files
from engine.runs.reporter import Reporter
from engine.training import checkpoint
from engine.training.training_state import TrainingState

TOLD = ("top1", "count", "loss")  # of a report, in events and in the status


def logits_of(training: TrainingState, split: Split, model: nn.Module | None = None) -> Tensor:
    """Logits (N, K) of a split; commands are heard meanwhile. model: the training's own where none is given."""
    return evaluate.logits_of(
        model or training.model, split, training.data.dataset, training.device, training.config.test_time,
        between=training.reporter.listen,
    )  # fmt: skip


def score(training: TrainingState, split: Split) -> dict[str, float]:
    """loss, top1 and top5 of the weights, and ema_top1 of their running average, where one is kept."""
    return evaluate.scores(logits_of(training, split), split.targets.cpu()) | score_of_average(training, split)


def score_of_average(training: TrainingState, split: Split) -> dict[str, float]:
    average = training.average.model if training.average else training.setup.objective.average
    if average is None:
        return {}
    return {"ema_top1": evaluate.scores(logits_of(training, split, average), split.targets.cpu())["top1"]}


def score_start(training: TrainingState) -> None:
    """Score what a stage without labels begins from: the line that it has to beat."""
    validation, position = training.data.validation, training.position
    top1 = evaluate.scores(logits_of(training, validation), validation.targets.cpu())["top1"]
    training.reporter.event("zero_shot", top1=top1, stage=position.stage, count=len(validation))
    training.reporter.update(zero_shot={"top1": top1, "iteration": position.iteration})


def score_test(training: TrainingState) -> None:
    """Score the test set with the last weights and, where they are others, with the best; keep both reports."""
    assert training.last, "an epoch was scored"
    is_best, reporter = training.best == training.last, training.reporter
    kept_as = ["last", "best"] if is_best else ["last"]
    about = {"kept_as": kept_as, "epoch": training.last["epoch"], "iteration": training.position.iteration}
    report = _report(training, training.model, about, training.folder.mistakes_file)
    report |= score_of_average(training, training.data.dataset.test)
    reporter.event("evaluated", **{key: report[key] for key in TOLD}, of_epoch=about["epoch"])
    _warn(reporter, report)
    best = None if is_best else _report_of_best(training)
    reporter.update(test=_figures(report), test_best=best and _figures(best))
    result = {"evaluated_on": "test"} | report | ({} if best is None else {"best": best})
    files.replace_json(training.folder.result_file, result, durable=True)


def _report_of_best(training: TrainingState) -> dict[str, Any] | None:
    """The report of the best checkpoint; None, with a warning, where it is damaged: the last weights were scored."""
    try:
        found = training.folder.find_checkpoint("best")
        weights = checkpoint.load_weights(found)
    except ValueError as error:
        training.reporter.event("warning", why=f"The best weights could not be scored on the test set: {error}")
        return None
    model = copy.deepcopy(training.model)  # commands that come meanwhile are about the training's own
    model.load_state_dict(weights)
    about = {"kept_as": ["best"], "epoch": found.about()["epoch"], "iteration": found.about()["iteration"]}
    report = _report(training, model, about, training.folder.best_mistakes_file)
    training.reporter.event("evaluated_best", **{key: report[key] for key in TOLD}, of_epoch=about["epoch"])
    return report


def _report(training: TrainingState, model: nn.Module, about: dict[str, Any], mistakes_file: Path) -> dict[str, Any]:
    """The report of a model on the test set; about: which checkpoint it is."""
    dataset = training.data.dataset
    test = dataset.test
    logits = logits_of(training, test, model)
    report = baselines.completed(evaluate.report(logits, test.targets.cpu(), dataset.classes))
    mistaken = torch.tensor([mistake["index"] for mistake in report["mistakes"]], dtype=torch.long)  # perhaps none
    gates.save_mistakes(mistakes_file, test.images(mistaken))
    return report | {"checkpoint": about}


def _warn(reporter: Reporter, report: dict[str, Any]) -> None:
    if report["verdict"]:
        reporter.event("judged", **baselines.judged(report))
    if report["never_right"]:
        reporter.event("never_right", **baselines.never_right(report))


def _figures(report: dict[str, Any]) -> dict[str, Any]:
    """What of a report stands in the status, for lists and the head of the page."""
    return {key: report[key] for key in TOLD} | baselines.judged(report) | report["checkpoint"]
