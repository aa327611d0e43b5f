"""How often each class is predicted over a whole step, though its batches pass through the network one by one."""

import math
from typing import Any

import torch
from torch import Tensor


class ClassFrequencies:
    """Logarithms of the mean probabilities of the classes over as many batches as a step has.

    Of those before the present one only the values are known. So the gradient of the present one is made as many times
    longer: summed over a step it is that of one batch of all images, as the devices of a cluster have it together.
    usual: whether to take the mean with the step before, because one step shows too few images of each class.
    """

    def __init__(self, usual: bool) -> None:
        self.takes_usual = usual
        self.recent: Tensor | None = None  # (batches, K) of as many batches as a step has, without gradient
        self.usual: Tensor | None = None  # (K,) of the step before
        self.latest: Tensor | None = None  # (K,) of the running step
        self.batches, self.seen = 1, 0  # in the step before; in the running one

    def step_begin(self) -> None:
        self.batches, self.seen = max(self.seen, 1), 0
        self.usual = self.latest if self.takes_usual else None

    def over_step(self, now: Tensor) -> Tensor:
        """Those over the step, (K,); now: those of the present batch, (K,), with their gradient."""
        self.seen += 1
        count = max(self.batches, self.seen)
        before = now.detach()[None][:0] if self.recent is None else self.recent[max(0, len(self.recent) + 1 - count) :]
        self.recent = torch.cat([before, now.detach()[None]])
        whole = torch.cat([before, now[None]]).logsumexp(0) - math.log(len(self.recent))
        whole = whole.detach() + len(self.recent) * (whole - whole.detach())
        if self.usual is not None:
            whole = torch.logaddexp(self.usual, whole) - math.log(2)
        self.latest = whole.detach()
        return whole

    def forget_usual(self) -> None:
        self.usual = self.latest = None

    def state_dict(self) -> dict[str, Any]:
        return {"recent": self.recent, "usual": self.usual, "latest": self.latest, "batches": self.batches,
                "seen": self.seen}  # fmt: skip

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        for name, value in state.items():
            setattr(self, name, value.to(device) if isinstance(value, Tensor) else value)
