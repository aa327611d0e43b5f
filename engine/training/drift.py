"""How far each part has moved from the weights that the run began with, and how steep its gradient is."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from engine.models._model import Model
from engine.stages import model_parts

Groups = list[dict[str, Any]]


def norm_of(tensors: Iterable[Tensor]) -> Tensor:
    """The length of all of them taken as one vector."""
    return torch.linalg.vector_norm(torch.stack(list(tensors)))


def norms_by_part(groups: Groups) -> tuple[Tensor, dict[str, Tensor]]:
    """The norm of the whole gradient, and that of each part of the optimizer's groups."""
    graded = [(str(g.get("part", "all")), p.grad) for g in groups for p in g["params"] if p.grad is not None]
    if not graded:
        return torch.zeros(()), {}
    norms = torch._foreach_norm([gradient for _, gradient in graded])
    by_part: dict[str, list[Tensor]] = {}
    for (part, _), norm in zip(graded, norms, strict=True):
        by_part.setdefault(part, []).append(norm)
    return norm_of(norms), {part: norm_of(members) for part, members in by_part.items()}


class Drift:
    """Remembers the weights as they are when it is made: a copy of the model's parameters."""

    def __init__(self, model: Model):
        self.parts = model_parts.parameters_by_part(model)
        self.start = {part: [p.detach().clone() for p in parameters] for part, parameters in self.parts.items()}
        self.lengths = {part: norm_of(torch._foreach_norm(start)) for part, start in self.start.items() if start}
        self.known = {part: torch.zeros_like(length) for part, length in self.lengths.items()}

    @torch.no_grad()
    def by_part(self, groups: Groups) -> dict[str, Tensor]:
        """For every part the distance from its starting weights over their length, in percent: 0 until it trains.

        What is not in the optimizer's groups has not moved since it was last measured.
        """
        for part in {group["part"] for group in groups} & set(self.lengths):
            self._measure(part)
        return {f"drift.{part}": value for part, value in self.known.items()}

    @torch.no_grad()
    def measure_all(self) -> None:
        """After weights were loaded from elsewhere."""
        for part in self.lengths:
            self._measure(part)

    def _measure(self, part: str) -> None:
        moved = norm_of(torch._foreach_norm(torch._foreach_sub(list(self.parts[part]), self.start[part])))
        self.known[part] = 100 * moved / self.lengths[part].clamp_min(1e-12)
