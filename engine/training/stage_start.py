"""The beginning of a stage: what it trains with is made, and it is told that it began."""

from collections.abc import Iterator
from functools import partial

from engine.config.stage import Stage
from engine.objectives._objective import Objective
from engine.stages.early_end_rule import EarlyEnd
from engine.stages.stage_setup import Section, StageSetup, set_up_stage
from engine.training import batches, stage_reports, teachers
from engine.training.augmented_views import View
from engine.training.training_state import TrainingState


def begin_stage(training: TrainingState, number: int) -> None:
    """Make everything that the stage needs, and tell that it began, if it does so just now."""
    training.current_setup = prepare_stage(training, number)
    training.early_end = EarlyEnd()
    stage_reports.report_plan(training)
    if training.position.iteration == training.plan.begin(number):
        stage_reports.announce(training)


def prepare_stage(training: TrainingState, number: int, begin: bool = True) -> StageSetup:
    """What the stage trains with; the model is frozen and thawed for it.

    begin: whether an objective may prepare itself, which can mean to look at all images once.
    """
    stage = training.plan.stages[number]
    training.position.stage = number

    def make_objective(section: Section) -> Objective:
        config, dataset = training.config, training.data.dataset
        runs = training.folder.path.parent
        teacher = partial(teachers.find_teacher, config, dataset, runs, training.device)
        objective = teachers.build_objective(section, len(dataset.classes), training.start, teacher)
        training.stepper.augment.seed(config.seed, training.plan.begin(number))
        if begin:
            objective.begin(training.model, len(training.train_split), partial(sweep, training, stage))
        return objective

    return set_up_stage(
        training.config, stage, number, training.model, make_objective, training.current_setup, training.norm_rule
    )


def sweep(training: TrainingState, stage: Stage, name: str) -> Iterator[View]:
    """Every image of the stage once, in order, in one view; the last batch may be smaller."""
    numbers = training.images_of(stage).split(training.config.batch_size)
    loaded = batches.load(training.train_split, list(numbers), training.workers)
    return training.stepper.sweep(name, training.position, training.reporter.between(loaded))
