"""The groups of a stage's optimizer: which parameters train, at which rate and with which weight decay."""

from torch import nn

from engine.config.stage import AT_INPUT, Stage
from engine.models._model import Model
from engine.models._norms import NEWEST_RULE, is_norm
from engine.stages.model_parts import parameters_by_part


def parameter_groups(
    model: Model,
    stage: Stage,
    learning_rate: float,
    weight_decay: float,
    decay_on: str = "all",
    objective: nn.Module | None = None,
    norm_rule: int = NEWEST_RULE,
) -> list[dict]:
    """One optimizer group for each part in which something trains: params, lr, weight_decay, part and base_rate.

    A part has two groups where decay_on spares some of its parameters. objective: what an objective trains of its own;
    it is a part of that name, but for what stands at the input of the network, which `at_input` names.
    norm_rule: see engine/models/_norms.py.
    """
    early = {objective.get_parameter(name) for name in getattr(objective, "at_input", ())} if objective else set()
    rest = [parameter for parameter in objective.parameters() if parameter not in early] if objective else []
    by_part = parameters_by_part(model) | {"objective": rest, AT_INPUT: list(early)}
    spared = spared_of_decay(model, decay_on, norm_rule)
    if objective:
        spared |= spared_of_decay(objective, decay_on, norm_rule)
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


def spared_of_decay(model: nn.Module, decay_on: str, norm_rule: int = NEWEST_RULE) -> set[nn.Parameter]:
    """The parameters that do not decay: none, those of normalisation layers, all biases, or whatever is no matrix."""
    parameters = dict(model.named_parameters())
    norms = [module for module in model.modules() if is_norm(module, norm_rule)]
    return {
        "all": set(),
        "all_but_norm": {parameter for module in norms for parameter in module.parameters()},
        "all_but_bias": {parameter for name, parameter in parameters.items() if name.endswith("bias")},
        "weights_only": {parameter for parameter in parameters.values() if parameter.ndim < 2},
    }[decay_on]
