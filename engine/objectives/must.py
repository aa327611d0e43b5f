"""MUST: adapt CLIP without labels, using an EMA teacher and masked image modelling. Li et al. 2022,
https://arxiv.org/abs/2206.02967

As in https://github.com/salesforce/MUST. The teacher, a running mean of the student, labels the weak view where it is
sure; the student learns that on the strong view, part of which it does not see and has to draw. The rows of the
classifier begin at length one and then count as they are. Labels are never read.
"""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from engine.objectives._frequencies import ClassFrequencies
from engine.objectives._label_free import (
    log_mean_probabilities,
    need_clip,
    one_class_warning,
    shares,
    unfairness,
)
from engine.objectives._masked_image_modelling import Drawing, hide, larger
from engine.objectives._objective import Losses, Objective, Sweep, View
from engine.options import PartOptions

MANY_CLASSES = 512  # from here on a batch is too small to show how often each class is predicted

TARGETS = "none"  # it never looks at labels
READS_FEATURES = True


class Options(PartOptions):
    threshold: float = Field(
        0.7,
        ge=0,
        lt=1,
        description="Confidence threshold for pseudo-labels. Lower trains on more images and on more mistakes.",
    )
    first_decay: float = Field(
        0.999,
        ge=0,
        le=1,
        description="EMA decay of the teacher at the first steps. Lower follows the student sooner.",
    )
    last_decay: float = Field(
        0.9998,
        ge=0,
        le=1,
        description="EMA decay of the teacher after the ramp.",
    )
    ramp: int = Field(
        2000,
        ge=0,
        le=1_000_000,
        description="Steps over which the teacher's decay rises. Short suits small data sets.",
        json_schema_extra={"unit": "iterations"},
    )
    reg: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Weight of the fairness term, which is ln K if all classes are predicted equally often. Higher "
        "keeps rare classes alive but is wrong for unbalanced data.",
    )
    mask_ratio: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Share of each image that is masked and reconstructed. Higher is harder and shows less of the "
        "object; 0 masks nothing and drops both terms below.",
    )
    mask_side: int = Field(
        2,
        ge=1,
        le=64,
        description="Side of the masked squares. Larger ones cannot be guessed from their neighbours.",
        json_schema_extra={"unit": "patches"},
    )
    align: float = Field(
        0.2,
        ge=0,
        le=100,
        description="Weight of the distance between masked patches and the whole image. Higher makes patches reflect "
        "what the image shows.",
    )


class Must(Objective):
    views = ("weak", "train")

    def __init__(self, options: Options, classes: int) -> None:
        self.options, self.classes = options, classes
        self.weights = {"cls": 1.0, "reg": options.reg}
        if options.mask_ratio:
            self.weights |= {"mim": 1.0, "align": options.align}
        self.steps = self.followed = 0  # begun by the student; taken in by the teacher
        self.counts = torch.zeros(classes, dtype=torch.long)  # pseudo-labels of the epoch, by class
        self.frequencies = ClassFrequencies(usual=classes >= MANY_CLASSES)

    def begin(self, model: Any, images: int, sweep: Sweep) -> None:
        self.average = self.teacher = copy.deepcopy(model).eval().requires_grad_(False)
        device = model.head.weight.device
        self.counts = self.counts.to(device)
        if (drawing := own_modules(self.options, model)) is not None:
            self.modules = drawing.to(device)

    def losses(self, model: Any, *views: View) -> Losses:
        weak, strong = views
        labels = self.pseudo_labels(weak)
        taken = labels >= 0
        components: dict[str, Tensor] = {}
        if self.modules is None:
            logits = model(strong.images).float()
        else:
            logits, components = self.draw(model, strong.images)
        wrong = F.cross_entropy(logits, labels.clamp_min(0), reduction="none")
        components = {
            "cls": (wrong * taken).sum() / taken.sum().clamp_min(1),  # zero where nothing was taken
            "reg": self.fairness(logits),
            **components,
        }
        measures = {"taken": 100 * taken.float().mean(), "decay": logits.new_tensor(self.decay(self.steps - 1))}
        return Losses(components, self.weights, logits, labels, measures)

    @torch.no_grad()
    def pseudo_labels(self, weak: View) -> Tensor:
        """What the teacher is sure of, -1 for the others: (B,)."""
        score, labels = self.teacher(weak.images).float().softmax(1).max(1)
        labels = torch.where(score > self.options.threshold, labels, -1)
        self.counts += torch.bincount(labels + 1, minlength=self.classes + 1)[1:]
        return labels

    def fairness(self, logits: Tensor) -> Tensor:
        """The unfairness of the step; with many classes that of a running mean, twice as heavy, as in the original."""
        seen = self.frequencies.over_step(log_mean_probabilities(logits))
        return unfairness(seen) * (2 if self.frequencies.takes_usual else 1)

    def draw(self, model: Any, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Logits of images with hidden patches, and the terms of what was hidden."""
        assert isinstance(self.modules, Drawing)
        pixels = model.fitted(images)
        grid = model.visual.grid_size[0]
        hidden = hide(len(images), grid, self.options.mask_side, self.options.mask_ratio, images.device)
        tokens = model.encode(images, (hidden, self.modules.token))
        features = model.project(model.visual.ln_post(tokens[:, 0])).float()
        patches = self.modules.norm(tokens[:, 1:])
        mask = larger(hidden, pixels.shape[2])
        distance = (model.project(patches).float() - features[:, None]).square().sum(2)
        terms = {
            "mim": ((self.modules(patches) - pixels).abs() * mask).sum() / mask.sum() / pixels.shape[1],
            "align": (distance * hidden).sum() / hidden.sum(),
        }
        return model.head(features), terms

    def step_begin(self, model: Any) -> None:
        if not self.steps:  # not where a run of before goes on whose rows count at length one
            for one in (model, self.teacher):
                one.head.use_raw_rows()
        self.follow(model)
        self.steps += 1
        self.frequencies.step_begin()

    @torch.no_grad()
    def follow(self, model: Any) -> None:
        """Let the teacher take in the step that was made last, once."""
        if self.followed == self.steps:
            return
        decay = self.decay(self.steps - 1)
        student = model.state_dict()
        for name, own in self.teacher.state_dict().items():
            own.copy_(own * decay + (1 - decay) * student[name] if own.is_floating_point() else student[name])
        self.followed = self.steps

    def decay(self, step: int) -> float:
        """The teacher's decay after a step, counted from 0: it rises in a straight line over the ramp."""
        first, last = self.options.first_decay, self.options.last_decay
        return first + (last - first) * min(1.0, step / self.options.ramp if self.options.ramp else 1.0)

    def epoch_end(self, model: Any) -> list[str]:
        self.follow(model)  # it is scored now
        self.frequencies.forget_usual()
        if self.counts.sum() == 0:
            return [f"The teacher was sure of no image in this epoch; lower the threshold of {self.options.threshold}."]
        return one_class_warning(self.counts, model)

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        found = shares(self.counts)
        self.counts.zero_()
        return {"pseudo.balance": found}

    def state_dict(self) -> dict[str, Any]:
        return {
            "teacher": self.teacher.state_dict(), "steps": self.steps, "followed": self.followed, "counts": self.counts,
            "frequencies": self.frequencies.state_dict(),
            "modules": {} if self.modules is None else self.modules.state_dict(),
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.teacher.load_state_dict(state["teacher"])
        self.steps = state["steps"]
        self.followed = state.get("followed", max(0, self.steps - 1))  # once, a step was taken in by the next
        self.counts.copy_(state["counts"])
        self.frequencies.load_state_dict(state.get("frequencies", {}), self.counts.device)
        if self.modules is not None:
            self.modules.load_state_dict(state["modules"])


def own_modules(options: Options, model: Any) -> Drawing | None:
    """What it trains beside a model."""
    visual = model.visual
    return Drawing(visual.class_embedding.shape[0], visual.patch_size[0]) if options.mask_ratio else None


def check(options: Options, model: Any) -> None:
    """Raise ValueError if the model lacks what the objective needs, or the hidden squares do not fill its grid."""
    need_clip(model, "must")
    grid = model.visual.grid_size[0]
    if options.mask_ratio and grid % options.mask_side:
        fits = ", ".join(str(side) for side in range(1, grid + 1) if grid % side == 0)
        raise ValueError(f"mask_side {options.mask_side} does not divide the {grid} patches a side; {fits} do")


def build(options: Options, classes: int, start: dict[str, Tensor]) -> Objective:
    """MUST for `classes` classes."""
    return Must(options, classes)
