"""Faults of a freeze plan that only its model shows. A part counts as random until it was loaded or has trained."""

from collections.abc import Iterable

from torch import nn

from engine import catalog
from engine.config.run_config import RunConfig, part_of
from engine.messages.faults import Fault
from engine.messages.suggestion import near
from engine.stages.model_parts import trained_parts


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
