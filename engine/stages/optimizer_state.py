"""What an optimizer remembers, carried from stage to stage: momentum, and state that is put aside while frozen."""

import torch
from torch import nn

GROUP = "group"  # under which the state of a parameter holds what its optimizer counts for a whole group


def carry_optimizer_state(
    old: torch.optim.Optimizer | None,
    new: torch.optim.Optimizer,
    parameters: list[tuple[str, nn.Parameter]],
    put_aside: dict[str, dict],
    keep: bool,
) -> dict[str, dict]:
    """Momentum goes from the old optimizer to the new one, or is forgotten; what is frozen keeps it either way.

    So does what some optimizers count in their groups, such as timm's lamb its steps. Takes and returns the state, by
    parameter name, that was put aside for what does not train.
    """
    groups = {parameter: group for group in new.param_groups for parameter in group["params"]}
    settings = new.param_groups[0].keys()
    counted = {
        parameter: {key: value for key, value in group.items() if key not in settings}
        for group in (old.param_groups if old else ())
        for parameter in group["params"]
    }
    state = put_aside | {name: old.state[p] | {GROUP: counted[p]} for name, p in parameters if old and p in old.state}
    for name, parameter in parameters:
        found = state.pop(name, None) if parameter in groups else None
        if keep and found:
            groups[parameter].update(found.pop(GROUP, {}))
            new.state[parameter] = found
    return state
