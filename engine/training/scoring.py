"""When a training scores its model: after each epoch, before training without labels, and at the end."""

import torch
from torch import Tensor, nn

from engine.datasets._dataset import Split
from engine.evaluation import evaluate
from engine.maps import gates
from engine.runs import files
from engine.training.training_state import TrainingState


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
    """Score the test set once with the last weights, and keep per-class figures and the worst mistakes."""
    dataset, folder = training.data.dataset, training.folder
    test = dataset.test
    report = evaluate.report(logits_of(training, test), test.targets.cpu(), dataset.classes)
    report |= score_of_average(training, test)
    mistaken = torch.tensor([mistake["index"] for mistake in report["mistakes"]], dtype=torch.long)  # perhaps none
    gates.save_mistakes(folder, test.images(mistaken))
    files.replace_json(folder.result_file, {"evaluated_on": "test"} | report, durable=True)
    training.reporter.event("evaluated", top1=report["top1"], count=len(test), loss=report["loss"])
    training.reporter.update(test={"top1": report["top1"], "loss": report["loss"], "count": len(test)})
