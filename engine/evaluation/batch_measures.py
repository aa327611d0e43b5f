"""What is recorded of each batch beside its losses."""

from torch import Tensor

from engine.objectives._objective import Losses


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
