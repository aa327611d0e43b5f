"""Score a saved run's model on the test set again, and keep every prediction beside its true label."""

from pathlib import Path

import numpy as np
import torch

from engine.config.config_drift import with_moved_data
from engine.config.differences import resolve
from engine.evaluation import evaluate
from engine.runs.run_folder import RunFolder
from engine.training import checkpoint, data_record, data_split
from engine.training.build_model import build_model, match_to_data


def evaluate_run(folder: RunFolder, which: str, data: Path) -> list[str]:
    """Write predictions.npz into the run folder and return the lines of a report.

    predictions.npz: logits and probabilities (N, K), predicted and target (N,), classes (K,).
    Raises ValueError if there is no such checkpoint, or the run or its data cannot be read.
    """
    config = resolve(with_moved_data(folder.config(), folder.written_config()))
    chosen = folder.find_checkpoint(which)
    dataset = data_split.load_dataset(config, data)
    data_record.refuse_other_classes(folder, dataset.classes)
    differ = data_record.other_images(folder, data_record.of_dataset(dataset))
    model = build_model(config, dataset.channels, len(dataset.classes), dataset.image_size)
    match_to_data(model, dataset)
    model.load_state_dict(checkpoint.load_weights(chosen))
    model.to(memory_format=torch.channels_last)
    logits = evaluate.logits_of(model, dataset.test, dataset, torch.device("cpu"), config.test_time)
    targets = dataset.test.targets
    report = evaluate.report(logits, targets, dataset.classes)
    np.savez(
        folder.predictions_file, logits=logits.numpy(), probabilities=logits.softmax(1).numpy(),
        predicted=logits.argmax(1).numpy(), target=targets.numpy(), classes=np.array(dataset.classes),
    )  # fmt: skip
    return [
        *(f"warning: {difference}" for difference in differ),
        f"{chosen.name}: {report['top1']:.2f} % of {report['count']:,} test images right "
        f"(top five {report['top5']:.2f} %, loss {report['loss']:.4f})",
        *_per_class(report),
        "confusion matrix (rows: true class, columns: prediction)",
        *_confusion(report),
        f"every prediction: {folder.predictions_file}",
    ]


def _per_class(report: dict) -> list[str]:
    width = max(map(len, report["classes"]))
    pairs = zip(report["classes"], report["per_class"], strict=True)
    return [f"  {name:{width}}  {'no image' if right is None else f'{right:6.2f} %'}" for name, right in pairs]


def _confusion(report: dict) -> list[str]:
    width = max(len(str(count)) for row in report["confusion"] for count in row) + 1
    return ["  " + "".join(f"{count:{width}}" for count in row) for row in report["confusion"]]
