"""What an objective gives for each batch: named loss components, their weights, and the logits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn


@dataclass
class Losses:
    """components: raw scalars in the graph; weights: one for each of them; logits: (B, K).

    pseudo_labels: int64 (B,), the classes it took for true, -1 where it took none. measures: more scalars to record.
    """

    components: dict[str, Tensor]
    weights: dict[str, float]
    logits: Tensor
    pseudo_labels: Tensor | None = None
    measures: dict[str, Tensor] = field(default_factory=dict)

    @property
    def total(self) -> Tensor:
        """The weighted sum of the components, which is what is minimised."""
        return torch.stack([self.weights[name] * raw for name, raw in self.components.items()]).sum()

    def shares(self) -> dict[str, Tensor]:
        """How many percent of the total each weighted component makes up; they sum to 100."""
        total = self.total.detach()
        return {name: 100 * self.weights[name] * raw.detach() / total for name, raw in self.components.items()}

    def detached(self) -> "Losses":
        """The same figures without their graph."""
        return Losses(
            {name: raw.detach() for name, raw in self.components.items()}, self.weights, self.logits.detach(),
            self.pseudo_labels, {name: value.detach() for name, value in self.measures.items()},
        )  # fmt: skip


def mean(pieces: list[tuple[float, Losses]]) -> Losses:
    """The losses of all images from those of their pieces, each with its share of the images; the shares sum to 1."""
    first = pieces[0][1]
    taken = [losses.pseudo_labels for _, losses in pieces if losses.pseudo_labels is not None]
    return Losses(
        {name: _weighted((share, losses.components[name]) for share, losses in pieces) for name in first.components},
        first.weights,
        torch.cat([losses.logits for _, losses in pieces]),
        torch.cat(taken) if taken else None,
        {name: _weighted((share, losses.measures[name]) for share, losses in pieces) for name in first.measures},
    )


def _weighted(figures: Iterable[tuple[float, Tensor]]) -> Tensor:
    """Their sum, each times the share that stands before it."""
    return torch.as_tensor(sum(share * figure for share, figure in figures))


class View(Protocol):
    """A batch in one view: images (B, C, H, W), soft targets (B, K), rows sum to 1, and the images' numbers (B,).

    `train` is the view with the config's augmentations, `twin` the same but for its cutout, `weak` the one without any.
    """

    @property
    def images(self) -> Tensor: ...

    @property
    def targets(self) -> Tensor: ...

    @property
    def indices(self) -> Tensor: ...


Sweep = Callable[[str], Iterator[View]]  # every image of the stage once, in order, in the view of that name


class Objective:
    """Turns a model and a batch into losses. An objective that learns or remembers overrides the other methods.

    Its file may say what it makes of targets by a constant TARGETS: "none" where it never looks at them, "one_class"
    where each image has to be of one class; "soft", any mixture, where nothing is said. And by READS_FEATURES, whether
    it calculates with the features of CLIP's towers beside the model's answers. What it trains of its own is made by
    own_modules(options, model) of its file.
    """

    views: Sequence[str] = ("train",)  # the views of each image that losses() needs
    modules: nn.Module | None = None  # what it trains beside the model, made at the latest in begin()
    average: nn.Module | None = None  # a running mean of the model that it keeps, to be scored beside the model

    def begin(self, model: nn.Module, images: int, sweep: Sweep) -> None:
        """Called when its first stage begins, before load_state_dict() where a training goes on."""

    def step_begin(self, model: nn.Module) -> None:
        """Called once before each update of the weights, however many batches it is made of."""

    def losses(self, model: nn.Module, *views: View) -> Losses:
        """The losses of a batch, given in each of the views."""
        raise NotImplementedError

    def epoch_end(self, model: nn.Module) -> list[str]:
        """Called after the last batch of each epoch, perhaps twice; returns what people should be warned of."""
        return []

    def record(self, row: dict[str, Any]) -> dict[str, Any]:
        """What it adds to the row of an epoch."""
        return {}

    def state_dict(self) -> dict[str, Any]:
        """All that the objective remembers, loadable with weights_only=True."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what state_dict() gave."""
