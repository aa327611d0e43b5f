"""A plan in iterations: where its stages begin and end, also once one is cut short or lengthened."""

import pytest

from engine.config.stage import Stage
from engine.stages.plan import Plan
from tests.training import new_trainer


def plan():
    return Plan([Stage(epochs=2), Stage(epochs=3)], steps_per_epoch=10)


def test_stages_follow_one_another():
    assert [(plan().begin(number), plan().end(number)) for number in (0, 1)] == [(0, 20), (20, 50)]
    assert plan().iterations == 50 and plan().epochs == 5
    assert [plan().stage_of(iteration) for iteration in (0, 19, 20, 49, 50)] == [0, 0, 1, 1, 1]


def test_a_stage_that_is_cut_short_ends_in_an_incomplete_epoch_and_the_next_begins_earlier():
    short = plan()
    short.end_stage_at(0, 13)
    assert short.lengths == [13, 30] and short.begin(1) == 13 and short.epochs == 5
    assert short.progress(1, 28, "stage") == 0.5 and short.progress(1, 28, "plan") == 28 / 43


def test_a_stage_is_lengthened_but_not_below_what_is_behind_it():
    longer = plan()
    longer.set_epochs(1, 4, 25)
    assert longer.end(1) == 60
    with pytest.raises(ValueError, match="stage 2 has already trained longer than 1 epochs"):
        longer.set_epochs(1, 1, 31)


def test_an_epoch_has_as_many_steps_as_whole_accumulated_batches(tmp_path):
    trainer = new_trainer(tmp_path, {"batch_size": 32, "accumulate": 3})  # of 320 images
    assert trainer.plan.steps_per_epoch == 3 and trainer.plan.iterations == 6


def test_stages_follow_each_other_and_one_that_is_cut_short_pulls_the_later_ones_forward():
    plan = Plan([Stage(epochs=2), Stage(epochs=1)], steps_per_epoch=10)
    assert [(plan.begin(n), plan.end(n)) for n in (0, 1)] == [(0, 20), (20, 30)]
    assert [plan.stage_of(iteration) for iteration in (0, 19, 20, 30)] == [0, 0, 1, 1]
    assert plan.progress(1, 25, "stage") == 0.5 and plan.progress(1, 15, "plan") == 0.5
    plan.end_stage_at(0, 15)
    assert (plan.begin(1), plan.iterations, plan.epochs) == (15, 25, 3)
    with pytest.raises(ValueError, match="stage 1 has already trained longer than 1 epochs"):
        plan.set_epochs(0, 1, iteration=15)
