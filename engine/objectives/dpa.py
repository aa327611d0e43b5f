"""DPA: adapt CLIP without labels, using text and image prototypes. Ali et al. 2024, https://arxiv.org/abs/2408.08855

As in https://github.com/Externalhappy/DPA. The weak view of an image gets a pseudo-label from its likeness to the class
sentences and to the mean image of each class; the strong view learns it. It trains LayerNorm and the classifier:
`train: [head], frozen_batchnorm: affine_trains`. Labels are never read. Components are those of its log: `reg` and
`align` hold their weights.
"""

from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from engine.objectives._label_free import (
    log_keys,
    log_mean_probabilities,
    need_clip,
    one_class_warning,
    shares,
    unfairness,
)
from engine.objectives._objective import Losses, Objective, Sweep, View
from engine.options import PartOptions

TINY = 1e-38  # instead of zero, where a class was never predicted

TARGETS = "none"  # it never looks at labels
READS_FEATURES = True


class Options(PartOptions):
    image_share: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Weight of image prototypes against text prototypes in pseudo-labels. Higher trusts what the "
        "images have in common.",
    )
    reg: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Weight of the fairness term, which is ln K if all classes are predicted equally often. Higher "
        "keeps rare classes alive but is wrong for unbalanced data.",
    )
    align: float = Field(
        0.1,
        ge=0,
        le=100,
        description="Weight of aligning each class's classifier row with its image prototype. Higher moves the "
        "classifier towards the images sooner.",
    )
    align_scale: float = Field(
        100.0,
        gt=0,
        le=1000,
        description="Sharpness of comparing classifier rows with image prototypes. Higher penalises only confusions.",
    )
    queue: int = Field(
        32,
        ge=1,
        le=10_000,
        description="Batches over which class frequencies are averaged to balance pseudo-labels. More is steadier but "
        "slower to follow.",
        json_schema_extra={"unit": "batches"},
    )
    hierarchical_weight: float = Field(
        1.0, gt=0, le=100, description="Weight of all three terms. The seed's log has a switch of this name."
    )


class Memory(nn.Module):
    """One feature and one pseudo-label for each training image (-1: not seen), and the mean image of each class."""

    features: Tensor
    labels: Tensor
    prototypes: Tensor

    def __init__(self, images: int, classes: int, like: Tensor) -> None:
        super().__init__()
        width = like.shape[1]
        self.register_buffer("features", like.new_zeros(images, width))
        self.register_buffer("labels", torch.full((images,), -1, device=like.device))
        self.register_buffer("prototypes", like.new_zeros(classes, width))

    def keep(self, indices: Tensor, features: Tensor, labels: Tensor) -> None:
        self.features[indices] = features
        self.labels[indices] = labels

    def counts(self) -> Tensor:
        """How many images have each class as their pseudo-label: (K,)."""
        return torch.bincount(self.labels + 1, minlength=len(self.prototypes) + 1)[1:]

    def renew_prototypes(self, rows: Tensor) -> None:
        """The mean feature of each class, of length one; the row of the classifier where a class is empty."""
        known = self.labels >= 0
        sums = torch.zeros_like(rows).index_add_(0, self.labels[known], self.features[known])
        empty = self.counts()[:, None] == 0
        self.prototypes.copy_(F.normalize(torch.where(empty, rows, sums), dim=1))


class Dpa(Objective):
    views = ("weak", "train")

    def __init__(self, options: Options, classes: int) -> None:
        self.options, self.classes = options, classes
        factors = {"cls": 1.0, "reg": options.reg, "align": options.align}
        self.factors = {name: factor for name, factor in factors.items() if factor}
        self.weights = dict.fromkeys(self.factors, options.hierarchical_weight)

    @torch.no_grad()
    def begin(self, model: Any, images: int, sweep: Sweep) -> None:
        """Fill the memory with what the model says of the weak view of every image."""
        model.head.raw_rows.fill_(False)
        rows = model.head.weight
        self.memory = Memory(images, self.classes, rows)
        self.queue = rows.new_zeros(0, self.classes)
        for view in sweep("weak"):
            features = model.features(view.images).float()
            self.memory.keep(view.indices, features, model.head(features).argmax(1))
        self.memory.renew_prototypes(rows)

    def losses(self, model: Any, *views: View) -> Losses:
        weak, strong = views
        labels, trust = self.pseudo_labels(model, weak)
        logits = model(strong.images).float()
        rows = F.normalize(model.head.weight, dim=1)
        likeness = self.options.align_scale * self.memory.prototypes @ rows.T
        raw = {
            "cls": (trust * F.cross_entropy(logits, labels, reduction="none")).mean(),
            "reg": unfairness(log_mean_probabilities(logits)),
            "align": F.cross_entropy(likeness, torch.arange(self.classes, device=likeness.device)),
        }
        components = {name: factor * raw[name] for name, factor in self.factors.items()}
        return Losses(components, self.weights, logits, labels, {"trust": 100 * trust.mean()})

    @torch.no_grad()
    def pseudo_labels(self, model: Any, weak: View) -> tuple[Tensor, Tensor]:
        """The class of each image and how far both kinds of prototypes agree on it, in [0, 1]; kept in memory."""
        features = model.features(weak.images).float()
        by_text = model.head(features).softmax(1)
        self.queue = torch.cat([self.queue, by_text.mean(0, keepdim=True)])[-self.options.queue :]
        evened = by_text / self.queue.mean(0).clamp_min(TINY)
        evened = evened / evened.sum(1, keepdim=True)
        by_image = (model.head.scale * features @ self.memory.prototypes.T).softmax(1)
        share = self.options.image_share
        labels = (share * by_image + (1 - share) * evened).argmax(1)
        self.memory.keep(weak.indices, features, labels)
        return labels, relative(by_image, labels) * relative(by_text, labels)

    def epoch_end(self, model: Any) -> list[str]:
        self.memory.renew_prototypes(model.head.weight.detach())
        return one_class_warning(self.memory.counts(), model)

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        keys = log_keys(row, "hierarchical", self.options.hierarchical_weight, list(self.factors))
        return keys | {"pseudo.balance": shares(self.memory.counts())}

    def state_dict(self) -> dict[str, Any]:
        return {"memory": self.memory.state_dict(), "queue": self.queue}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.memory.load_state_dict(state["memory"])
        self.queue = state["queue"].to(self.queue)


def relative(probabilities: Tensor, labels: Tensor) -> Tensor:
    """The probability of each label as a share of the image's largest one: (B, K) and (B,) to (B,)."""
    return probabilities.gather(1, labels[:, None])[:, 0] / probabilities.amax(1)


def check(options: Options, model: Any) -> None:
    """Raise ValueError if the model lacks what the objective needs."""
    need_clip(model, "dpa")


def build(options: Options, classes: int, start: dict[str, Tensor]) -> Objective:
    """DPA for `classes` classes."""
    return Dpa(options, classes)
