"""The freeze plan at work: who trains, who is frozen, with which learning rates.

Parts are matched by name and parameters by the longest module path, never by substring. A part counts as random until
it was loaded or has trained.
"""

from collections.abc import Iterable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine import catalog
from engine.config.run_config import RunConfig, part_of
from engine.config.stage import AT_INPUT, Stage
from engine.messages.faults import Fault
from engine.messages.suggestion import near
from engine.models._model import Model

NORMS = (_BatchNorm, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
GROUP = "group"  # under which the state of a parameter holds what its optimizer counts for a whole group


def owner(name: str, parts: dict[str, list[str]]) -> str:
    """The part to which a parameter or module path belongs: the one with the longest matching path.

    Raises ValueError if no part holds it.
    """
    best = max(
        ((len(path), part) for part, paths in parts.items() for path in paths if (name + ".").startswith(path + ".")),
        default=None,
    )
    if best is None:
        raise ValueError(f"parameter {name} belongs to no part; parts: {', '.join(parts)}")
    return best[1]


def parameters_by_part(model: Model) -> dict[str, list[nn.Parameter]]:
    """Every parameter of the model under its part, parts in order from input to output."""
    result: dict[str, list[nn.Parameter]] = {part: [] for part in model.parts}
    for name, parameter in model.named_parameters():
        result[owner(name, model.parts)].append(parameter)
    return result


def trained_parts(stage: Stage, parts: Iterable[str]) -> list[str]:
    """The parts that train in a stage, in the model's order."""
    return [part for part in parts if stage.train == "all" or part in stage.train]


def check_plan(config: RunConfig, parts: Iterable[str], loaded: Iterable[str]) -> list[Fault]:
    """Faults of the plan for a model with these parts, of which `loaded` have starting weights."""
    parts = list(parts)
    faults, known_good = [], set(loaded)
    for index, stage in enumerate(config.stages):
        field = f"stages.{index}.train"
        wanted = list(parts) if stage.train == "all" else stage.train
        for name in [name for name in wanted if name not in parts]:
            faults.append(_unknown(field, name, parts))
        rates = stage.learning_rate if isinstance(stage.learning_rate, dict) else {}
        for setting, named in (("learning_rate", rates), ("rate_factors", stage.rate_factors)):
            for name in [name for name in named if name not in parts]:
                faults.append(_unknown(f"stages.{index}.{setting}", name, parts))
        trains = trained_parts(stage, parts)
        if not trains:
            faults.append(Fault(field, "nothing_trains", {"stage": index + 1}))
        known_good |= set(trains)
        random = [part for part in parts if part not in known_good]
        if random and trains and not config.allow_random_frozen:
            faults.append(Fault(field, "random_frozen", {"stage": index + 1, "parts": ", ".join(random)}))
    return faults


def check_objectives(config: RunConfig, model: nn.Module) -> list[Fault]:
    """Faults of objectives that need what the model lacks; those of later stages too, hours before their turn."""
    sections = {f"stages.{index}.objective": stage.objective for index, stage in enumerate(config.stages)}
    if not all(sections.values()):
        sections["objective"] = config.objective
    faults = []
    for field, section in sections.items():
        if section:
            name, options = part_of(section, "objectives")
            part = catalog.load("objectives", name)
            try:
                getattr(part, "check", lambda options, model: None)(options, model)
            except ValueError as error:
                faults.append(Fault(field, "rule", {"reason": str(error)}))
    return faults


def _unknown(field: str, name: str, parts: list[str]) -> Fault:
    return Fault(field, "unknown_part", {"name": name, "near": near(name, parts), "known": ", ".join(parts)})


def parameter_groups(
    model: Model,
    stage: Stage,
    learning_rate: float,
    weight_decay: float,
    decay_on: str = "all",
    objective: nn.Module | None = None,
) -> list[dict]:
    """One optimizer group for each part in which something trains: params, lr, weight_decay, part and base_rate.

    A part has two groups where decay_on spares some of its parameters. objective: what an objective trains of its own;
    it is a part of that name, but for what stands at the input of the network, which `at_input` names.
    """
    early = {objective.get_parameter(name) for name in getattr(objective, "at_input", ())} if objective else set()
    rest = [parameter for parameter in objective.parameters() if parameter not in early] if objective else []
    by_part = parameters_by_part(model) | {"objective": rest, AT_INPUT: list(early)}
    spared = spared_of_decay(model, decay_on) | (spared_of_decay(objective, decay_on) if objective else set())
    groups = []
    for part, parameters in by_part.items():
        start = stage.rate(part, learning_rate, model.parts)
        trains = [parameter for parameter in parameters if parameter.requires_grad]
        for decay, chosen in (
            (weight_decay, [parameter for parameter in trains if parameter not in spared]),
            (0.0, [parameter for parameter in trains if parameter in spared]),
        ):
            if chosen:
                groups.append({"params": chosen, "lr": start, "weight_decay": decay, "part": part, "base_rate": start})
    return groups


def spared_of_decay(model: nn.Module, decay_on: str) -> set[nn.Parameter]:
    """The parameters that do not decay: none, those of normalisation layers, all biases, or whatever is no matrix."""
    parameters = dict(model.named_parameters())
    norms = [module for module in model.modules() if isinstance(module, NORMS)]
    return {
        "all": set(),
        "all_but_norm": {parameter for module in norms for parameter in module.parameters()},
        "all_but_bias": {parameter for name, parameter in parameters.items() if name.endswith("bias")},
        "weights_only": {parameter for parameter in parameters.values() if parameter.ndim < 2},
    }[decay_on]


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


def freeze(model: Model, stage: Stage) -> None:
    """Let the parts of the stage train and freeze all others, BatchNorm as the stage says."""
    trained = trained_parts(stage, model.parts)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(owner(name, model.parts) in trained)
        parameter.grad = None
    if stage.frozen_batchnorm == "affine_trains":
        for module in frozen_norms(model, stage):
            for parameter in module.parameters(recurse=False):
                parameter.requires_grad_(True)


def train_mode(model: Model, stage: Stage) -> None:
    """Training mode; BatchNorm in frozen parts keeps its statistics unless the stage lets it adapt.

    To be called after every model.eval(): model.train() alone lets frozen statistics move (trap T1).
    """
    model.train()
    if stage.frozen_batchnorm != "adapts":
        for module in frozen_norms(model, stage):
            module.eval()


def frozen_norms(model: Model, stage: Stage) -> list[nn.Module]:
    """The BatchNorm and LayerNorm layers that stand in parts frozen by the stage."""
    trained = trained_parts(stage, model.parts)
    return [
        module
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm | nn.LayerNorm) and owner(name, model.parts) not in trained
    ]
