"""What a stage trains with, made by one function for the training, its rehearsal, trial steps and previews alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from engine import catalog
from engine.config.run_config import RunConfig
from engine.config.stage import Stage
from engine.messages.faults import fault_of
from engine.models._model import Model
from engine.models._norms import NEWEST_RULE
from engine.objectives._objective import Objective
from engine.stages.freezing import freeze
from engine.stages.optimizer_state import carry_optimizer_state
from engine.stages.parameter_groups import parameter_groups
from engine.stages.rates import Schedule, schedule_of

Section = dict[str, Any]  # of a config, such as its objective


class OptimizerFault(ValueError):
    """The optimizer cannot be built; `fault` says why, at its field."""

    def __init__(self, error: ValueError):
        self.fault = fault_of(error, "optimizer")
        super().__init__(str(self.fault))


@dataclass
class StageSetup:
    """The running stage. objective_section: what the objective was made of; None where the next stage makes it anew.

    put_aside: optimizer state, by parameter name, of what does not train now.
    """

    number: int  # from 0
    stage: Stage
    objective: Objective
    objective_section: Section | None
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    put_aside: dict[str, dict]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The optimizer's groups, each of one part and with the rate that it starts from, `base_rate`."""
        return self.optimizer.param_groups

    @property
    def base_rates(self) -> dict[str, float]:
        return {group["part"]: group["base_rate"] for group in self.groups}

    def forget_objective(self) -> None:
        """Let the next stage make its objective anew, even if it is of the same section."""
        self.objective_section = None

    def edit_rates(self, stage: Stage, config: RunConfig, model: Model) -> None:
        """Go on with the rates of `stage`, which is this one edited."""
        self.stage = stage
        for group in self.groups:
            group["base_rate"] = stage.rate(group["part"], config.optimizer["learning_rate"], model.parts)


def set_up_stage(
    config: RunConfig,
    stage: Stage,
    number: int,
    model: Model,
    make_objective: Callable[[Section], Objective],
    before: StageSetup | None = None,
    norm_rule: int = NEWEST_RULE,
) -> StageSetup:
    """Freeze and thaw the model, and make objective, optimizer and schedule of a stage.

    make_objective: from a section of the config; called where the stage before, if any, had another one.
    norm_rule: see engine/models/_norms.py. Raises OptimizerFault.
    """
    freeze(model, stage, norm_rule)
    section = stage.objective or config.objective
    objective = before.objective if before and before.objective_section == section else make_objective(section)
    rate, decay = config.optimizer["learning_rate"], config.optimizer["weight_decay"]
    groups = parameter_groups(model, stage, rate, decay, config.decay_on, objective.modules, norm_rule)
    optimizer = build_optimizer(config, groups)
    modules = objective.modules
    parameters = [*model.named_parameters(), *(modules.named_parameters("objective") if modules else ())]
    put_aside = carry_optimizer_state(
        before.optimizer if before else None, optimizer, parameters, before.put_aside if before else {},
        keep=stage.optimizer_state == "kept",
    )  # fmt: skip
    schedule = before.schedule if before and config.schedule_over == "plan" else schedule_of(config, stage)
    return StageSetup(number, stage, objective, section, optimizer, schedule, put_aside)


def build_optimizer(config: RunConfig, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Raises OptimizerFault."""
    name, options = config.part("optimizer")
    try:
        return catalog.load("optimizers", name).build(options, groups)
    except ValueError as error:
        raise OptimizerFault(error) from error
