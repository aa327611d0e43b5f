"""The total of an objective's terms."""

import torch

from engine.objectives._objective import Losses


def test_total_is_the_weighted_sum_and_keeps_the_graph() -> None:
    a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    losses = Losses({"a": a, "b": b}, {"a": 0.5, "b": 2.0}, torch.zeros(1, 1))
    losses.total.backward()
    assert (losses.total.item(), a.grad.item(), b.grad.item()) == (7.0, 0.5, 2.0)
