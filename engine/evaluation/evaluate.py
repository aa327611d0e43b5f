"""Scores of a model on a data split: loss, accuracy, per class, confusion matrix and the most confident mistakes."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.datasets._dataset import Dataset, Split
from engine.evaluation import test_time_augmentation
from engine.evaluation.normalisation import normalised

MISTAKES = 24  # how many of the most confident mistakes are kept


@torch.no_grad()
def logits_of(
    model: nn.Module,
    split: Split,
    dataset: Dataset,
    device: torch.device,
    looks: str = "one_view",
    batch_size: int = 512,
    between: Callable[[], None] = lambda: None,
) -> Tensor:
    """Logits (N, K) of a split, on the CPU. Leaves the model in eval mode; calls `between` after each batch.

    looks: how often each image is looked at (see test_time_augmentation).
    """
    model.eval()
    pieces = []
    for indices in _batches(len(split), batch_size):
        images = normalised(split.images(indices), dataset, device)
        pieces.append(test_time_augmentation.logits(model, images, looks).cpu())
        between()
    return torch.cat(pieces)


def _batches(count: int, size: int) -> Iterator[Tensor]:
    return (torch.arange(start, min(start + size, count)) for start in range(0, count, size))


def scores(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """loss (plain cross-entropy), top1 and top5 in percent; with fewer than six classes top5 is of all of them."""
    ranked = logits.topk(min(5, logits.shape[1]), dim=1).indices == targets[:, None]
    return {
        "loss": F.cross_entropy(logits, targets).item(),
        "top1": 100 * ranked[:, 0].float().mean().item(),
        "top5": 100 * ranked.any(1).float().mean().item(),
    }


def report(logits: Tensor, targets: Tensor, classes: list[str]) -> dict:
    """The scores, accuracy per class in percent, the confusion matrix (rows: true class) and the worst mistakes."""
    count = len(classes)
    predicted = logits.argmax(1)
    confusion = torch.bincount(targets * count + predicted, minlength=count * count).view(count, count)
    totals = confusion.sum(1)
    per_class = [100 * confusion[k, k].item() / totals[k].item() if totals[k] else None for k in range(count)]
    return {
        "count": len(targets),
        **scores(logits, targets),
        "classes": classes,
        "per_class": per_class,
        "confusion": confusion.tolist(),
        "mistakes": _mistakes(logits, targets, predicted),
    }


def _mistakes(logits: Tensor, targets: Tensor, predicted: Tensor) -> list[dict]:
    """The wrong answers given with most confidence, first the worst: index, target, predicted, probability."""
    wrong = (predicted != targets).nonzero().flatten()
    confidence = logits.softmax(1).amax(1)[wrong]
    worst = wrong[confidence.argsort(descending=True, stable=True)[:MISTAKES]]
    return [
        {
            "index": int(i), "target": int(targets[i]), "predicted": int(predicted[i]),
            "probability": float(logits[i].softmax(0)[predicted[i]]),
        }
        for i in worst
    ]  # fmt: skip
