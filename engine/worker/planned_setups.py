"""What the stages of a plan will train with, of a model without weights: shapes, groups and rates, but no data."""

import torch

from engine import catalog
from engine.config.run_config import RunConfig, part_of
from engine.config.stage import Stage
from engine.models._model import Model
from engine.objectives._objective import Objective
from engine.stages.model_parts import trained_parts
from engine.stages.stage_setup import Section, StageSetup, set_up_stage


def set_up(config: RunConfig, stages: list[Stage], model: Model) -> list[StageSetup]:
    """What each stage trains with, as the training makes it; of its objective only what that trains of its own.

    Stages in which nothing trains, a fault of the plan, are left out. Raises OptimizerFault.
    """

    def make_objective(section: Section) -> Objective:
        name, options = part_of(section, "objectives")
        make = getattr(catalog.load("objectives", name), "own_modules", lambda options, model: None)
        objective = Objective()
        with torch.device("meta"):
            objective.modules = make(options, model)
        return objective

    return [
        set_up_stage(config, stage, number, model, make_objective)
        for number, stage in enumerate(stages)
        if trained_parts(stage, model.parts)
    ]
