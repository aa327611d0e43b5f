"""The rates that torch's own schedulers give."""

from collections.abc import Callable

import torch


def torchs_rates(make: Callable, steps: int) -> list[float]:
    """The rates that a scheduler of torch gives at steps 0 ... steps, the optimizer's being 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, rates = make(optimizer), []
    for _ in range(steps + 1):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) <= steps:
            scheduler.step()
    return rates
