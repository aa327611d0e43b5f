"""Scores of a model on a data split: loss, accuracy, per class, confusion matrix and the most confident mistakes."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.datasets._dataset import Dataset, Split
from engine.objectives._objective import Losses
from engine.training import test_time_augmentation

MISTAKES = 24  # how many of the most confident mistakes are kept


def normalised(images: Tensor, dataset: Dataset, device: torch.device) -> Tensor:
    """uint8 images (B, C, H, W) as the network sees them: on its device, float, normalised per channel."""
    return normalise(to_float(images, device), dataset)


def to_float(images: Tensor, device: torch.device) -> Tensor:
    """uint8 images as float in [0, 1] on the device, laid out channels last."""
    images = images.to(device, non_blocking=True).float().div_(255)
    return images.contiguous(memory_format=torch.channels_last)


def normalise(images: Tensor, dataset: Dataset) -> Tensor:
    """(image - mean) / std per channel; mean and std are of images in [0, 1]."""
    mean, std = (_by_channel(tuple(values), images.dtype, images.device) for values in (dataset.mean, dataset.std))
    return (images - mean) / std


@lru_cache(maxsize=16)
def _by_channel(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """(1, C, 1, 1), copied to the device once: it would wait for each copy."""
    return torch.tensor(values, dtype=dtype, device=device).view(1, -1, 1, 1)


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

    looks: how often each image is looked at (see test_time).
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


def soft_accuracy(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Top-1 and top-5 accuracy of a batch in percent, as 0-d tensors on its device.

    targets (B, K) may be mixed: each answer counts as much as the target gives it.
    """
    ranked = targets.gather(1, logits.topk(min(5, logits.shape[1]), dim=1).indices)
    return 100 * ranked[:, 0].mean(), 100 * ranked.sum(1).mean()


def pseudo_measures(losses: Losses, targets: Tensor) -> dict[str, Tensor]:
    """What is recorded of pseudo-labels beside their losses; the labels, targets (B,), only judge them here."""
    measures = {f"pseudo.{name}": value for name, value in losses.measures.items()}
    if losses.pseudo_labels is not None:
        taken = losses.pseudo_labels >= 0
        right = (losses.pseudo_labels == targets.to(taken.device)) & taken
        measures["pseudo.accuracy"] = 100 * right.sum() / taken.sum()  # not a number where none was taken
    return measures


def probe_indices(targets: Tensor, count: int) -> Tensor:
    """Indices of `count` images, one of each class in turn: the same ones for every run on the same data."""
    members = [(targets == label).nonzero().flatten() for label in targets.unique()]
    turns = [m[turn] for turn in range(max(map(len, members))) for m in members if turn < len(m)]
    return torch.stack(turns[:count]).cpu()


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
