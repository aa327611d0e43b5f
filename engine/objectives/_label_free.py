"""What objectives without labels share: what they need of a model, the fairness term, and the keys of DPA's log."""

import math
from typing import Any

from torch import Tensor

ONE_CLASS = 0.999  # a share of pseudo-labels from which on they say nothing any more


def need_clip(model: Any, name: str) -> None:
    """Raise ValueError if the model has no image features that are compared with class rows."""
    if not hasattr(model, "features"):
        raise ValueError(f"objective {name} compares images with sentences about the classes: it needs model clip")


def log_mean_probabilities(logits: Tensor) -> Tensor:
    """The logarithm of the batch's mean probabilities, (B, K) to (K,); finite also where they would round to zero."""
    return logits.log_softmax(1).logsumexp(0) - math.log(len(logits))


def unfairness(log_probabilities: Tensor) -> Tensor:
    """-mean_k log p_k: ln K where all classes are equally frequent, more where some are rare."""
    return -log_probabilities.mean()


def shares(counts: Tensor) -> list[float]:
    """Counts by class, (K,), in percent of all; zeros where there are none."""
    return (100 * counts.double() / counts.sum().clamp_min(1)).tolist()


def one_class_warning(counts: Tensor, model: Any) -> list[str]:
    """What to say where nearly all pseudo-labels, counted by class, are of one class."""
    most = int(counts.argmax())
    if counts[most] < ONE_CLASS * counts.sum() or not counts.sum():
        return []
    name = model.names[most] if hasattr(model, "names") else f"number {most + 1}"
    return [
        f"All pseudo-labels are of one class ({name}): there is nothing left to learn from them. Start from better "
        "weights or templates, lower the learning rate, or raise the weight of the fairness term."
    ]


def log_keys(row: dict[str, Any], switch: str, weight: float, names: list[str]) -> dict[str, Any]:
    """The epoch under the keys of seed 000's log.

    switch: hierarchical or self_distillation, whichever made the loss; weight: that of the sum of its components,
    which have these names. Percentages are of the loss and follow from the weighted parts.
    """
    on = switch == "hierarchical"
    loss = row["train.loss"]
    parts = {name: row[f"loss.{name}"] for name in names}
    total = sum(parts.values())
    keys = {
        "* Acc@1": row["val.top1"], "train_loss": loss, "use_self_distillation": not on, "use_hierarchical": on,
        "distill_weight": 0.0 if on else weight, "hierarchical_weight": weight if on else 0.0, "loss": loss,
    }  # fmt: skip
    keys |= {f"loss_{name}": parts.get(name, 0.0) for name in ("cls", "reg", "align")}
    keys |= {f"{name}_avg": parts.get(name, 0.0) for name in ("cls", "reg", "align")}
    keys |= {"distill_avg": 0.0 if on else total}
    return keys | percentages(keys)


def percentages(keys: dict[str, Any]) -> dict[str, float]:
    """The percentages of a row of the log, from its averages and weights."""
    scale = 100 / keys["loss"] if keys["loss"] else 0.0
    inner = {name: keys[f"{name}_avg"] for name in ("cls", "reg", "align")}
    hierarchical = keys["hierarchical_weight"]
    return {
        "hierarchical_percent": scale * hierarchical * sum(inner.values()),
        "distill_percent": scale * keys["distill_weight"] * keys["distill_avg"],
        **{f"{name}_percent": scale * hierarchical * value for name, value in inner.items()},
    }
