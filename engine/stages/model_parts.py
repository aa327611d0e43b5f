"""Which part of a model a parameter belongs to, and which parts a stage trains.

Parts are matched by name and parameters by the longest module path, never by substring.
"""

from collections.abc import Iterable

from torch import nn

from engine.config.stage import Stage
from engine.models._model import Model


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
