"""Score a saved run's model on the test set again, and keep every prediction beside its true label."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.config.config_drift import with_moved_data
from engine.config.differences import resolve
from engine.config.run_config import RunConfig
from engine.datasets._dataset import Dataset
from engine.evaluation import evaluate
from engine.messages.events import event_text
from engine.models._model import Model
from engine.runs import baselines, files
from engine.runs.checkpoint_folder import CheckpointFolder
from engine.runs.run_folder import RunFolder
from engine.training import checkpoint, data_record, data_split
from engine.training.build_model import build_model, match_to_data


def evaluate_run(folder: RunFolder, which: str | None, data: Path) -> list[str]:
    """Write predictions.npz into the run folder and return the lines of a report.

    which: last, best or a checkpoint's name; None for the last, with a line about the best where that is another one.
    predictions.npz: logits and probabilities (N, K), predicted and target (N,), classes (K,), and the checkpoint.
    Raises ValueError if there is no such checkpoint, or the run or its data cannot be read.
    """
    folder.refuse_links()
    config = resolve(with_moved_data(folder.config(), folder.written_config()))
    chosen = folder.find_checkpoint(which or "last")
    dataset = data_split.load_dataset(config, data, reading=data_record.reading(folder))
    data_record.refuse_other_classes(folder, dataset.classes)
    differ = data_record.other_images(folder, data_record.of_dataset(dataset))
    model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    match_to_data(model, dataset, data_record.normalisation(folder, dataset.channels))
    logits, targets = _logits(model, chosen, dataset, config), dataset.test.targets
    report = baselines.completed(evaluate.report(logits, targets, dataset.classes))
    predictions = {
        "logits": logits.numpy(), "probabilities": logits.softmax(1).numpy(), "predicted": logits.argmax(1).numpy(),
        "target": targets.numpy(), "classes": np.array(dataset.classes), "checkpoint": np.array(chosen.name),
    }  # fmt: skip
    files.replace_arrays(folder.predictions_file, predictions)
    others = (best for best in folder.checkpoint_list() if which is None and _is_best(best) and not _is_best(chosen))
    return [
        *(f"warning: {difference}" for difference in differ),
        _headline(chosen, report),
        *(_line_of_best(best, partial(_logits, model, best, dataset, config), targets) for best in others),
        *_judgement(report),
        *_per_class(report),
        "confusion matrix (rows: true class, columns: prediction)",
        *_confusion(report),
        f"every prediction: {folder.predictions_file}",
    ]


def _judgement(report: dict[str, Any]) -> Iterator[str]:
    """What the accuracy has to beat, and whether it does."""
    judged = baselines.judged(report)
    yield f"always answering “{judged['majority']}” scores {judged['share']:.2f} %, guessing {report['chance']:.2f} %"
    if report["verdict"]:
        yield event_text("judged", judged)
    if report["never_right"]:
        yield event_text("never_right", baselines.never_right(report))


def _logits(model: Model, saved: CheckpointFolder, dataset: Dataset, config: RunConfig) -> Tensor:
    """What the model of a checkpoint answers to the test images, (N, K)."""
    model.load_state_dict(checkpoint.load_weights(saved))
    model.to(memory_format=torch.channels_last)
    return evaluate.logits_of(model, dataset.test, dataset, torch.device("cpu"), config.test_time)


def _is_best(saved: CheckpointFolder) -> bool:
    return "best" in saved.about().get("kept_as", [])


def _headline(saved: CheckpointFolder, report: dict[str, Any]) -> str:
    return (
        f"{_named(saved)}: {report['top1']:.2f} % of {report['count']:,} test images right "
        f"(mean over classes {report['balanced']:.2f} %, top five {report['top5']:.2f} %, loss {report['loss']:.4f})"
    )


def _line_of_best(saved: CheckpointFolder, logits: Callable[[], Tensor], targets: Tensor) -> str:
    """Its accuracy beside that of the last weights; where it is damaged, why there is none."""
    try:
        return f"{_named(saved)}: {evaluate.scores(logits(), targets)['top1']:.2f} % (its report: --checkpoint best)"
    except ValueError as error:
        return f"{_named(saved)}: {error}"


def _named(saved: CheckpointFolder) -> str:
    """Which weights a figure is of: "last and best weights (epoch 5, iteration-00000050)"."""
    about = saved.about()
    kept = " and ".join(word for word in ("last", "best") if word in about.get("kept_as", []))
    return f"{kept + ' weights' if kept else 'weights'} (epoch {about.get('epoch', '?')}, {saved.name})"


def _per_class(report: dict) -> list[str]:
    width = max(map(len, report["classes"]))
    pairs = zip(report["classes"], report["per_class"], strict=True)
    return [f"  {name:{width}}  {'no image' if right is None else f'{right:6.2f} %'}" for name, right in pairs]


def _confusion(report: dict) -> list[str]:
    width = max(len(str(count)) for row in report["confusion"] for count in row) + 1
    return ["  " + "".join(f"{count:{width}}" for count in row) for row in report["confusion"]]
