"""What an optimizer remembers waits for a frozen part."""

import timm.optim
import torch
from torch import nn

from engine.stages.optimizer_state import carry_optimizer_state


def test_what_an_optimizer_counts_by_group_waits_for_a_frozen_part():
    """T2: a part that is thawed again goes on with the steps that it had made."""
    first, second = (("first", nn.Parameter(torch.ones(3))), ("second", nn.Parameter(torch.ones(3))))
    optimizers, aside = [], {}
    for trained in ([first, second], [second], [first, second]):
        made = timm.optim.Lamb([{"params": [parameter], "part": name} for name, parameter in trained], lr=0.1)
        old = optimizers[-1] if optimizers else None
        aside = carry_optimizer_state(old, made, [first, second], aside, keep=True)
        optimizers.append(made)
        for _ in range(2):
            for _, parameter in trained:
                parameter.grad = torch.ones(3)
            made.step()
    assert [group["step"] for group in optimizers[-1].param_groups] == [4, 6] and not aside
