"""Over a boundary goes what the next stage asks for, to the bit."""

import copy

import pytest
import torch

from engine.process.run_process import train_run
from engine.training import checkpoint, stage_ending
from engine.training.stage_start import begin_stage
from tests.engine.planned import PLAN, STEPS, run, same_series, told
from tests.training import new_run, new_trainer, weights


class Down(BaseException):
    """The machine goes down."""


@pytest.mark.parametrize("boundary", [10, 20])
def test_gone_exactly_at_a_boundary_and_resumed_ends_with_the_same_bits(uninterrupted, tmp_path, boundary):
    """The stage is over, validated and saved, and the next one has not begun."""

    def watch(status):
        if status.get("iteration") == boundary and (status.get("last") or {}).get("epoch") == boundary // STEPS:
            raise Down

    folder = new_run(tmp_path, PLAN)
    with pytest.raises(Down):
        train_run(folder, tmp_path, watch=watch)
    assert folder.find_checkpoint("last").about()["kept_as"].count("stage_end") == 1
    assert run(folder, tmp_path, resume=True) == "finished"
    assert told(folder, "resumed")[0]["iteration"] == boundary
    assert weights(folder) == weights(uninterrupted)
    same_series(folder, uninterrupted)


@pytest.mark.parametrize("optimizer", ["sgd", {"name": "timm", "algorithm": "lamb"}], ids=["sgd", "lamb"])
@pytest.mark.parametrize("state", ["kept", "reset"])
def test_optimizer_state_carried_over_equals_one_that_never_stopped(tmp_path, state, optimizer):
    """T2: one stage of two epochs, and two stages of one epoch each that train the same; lamb counts by group."""
    plan = PLAN | {"schedule": "constant", "ema_decay": 0.0, "optimizer": optimizer}
    whole, split = (
        new_run(tmp_path, plan | {"stages": planned}, label=name)
        for name, planned in (
            ("whole", [{"epochs": 2}]),
            ("split", [{"epochs": 1}, {"epochs": 1, "optimizer_state": state}]),
        )
    )
    for folder in (whole, split):
        assert run(folder, tmp_path) == "finished"
    assert (weights(whole) == weights(split)) == (state == "kept")


def test_a_stage_may_begin_from_the_best_weights_so_far(tmp_path):
    """T6: the rate of the second stage destroys what the first one learned; the third goes back and hardly moves."""
    plan = PLAN | {"ema_decay": 0.0, "schedule": "constant", "augmentations": [], "stages": [
        {"epochs": 4, "learning_rate": 0.02}, {"epochs": 1, "learning_rate": 1.0},
        {"epochs": 1, "train": ["head"], "learning_rate": 1e-30, "begins_from": "best"},
    ]}  # fmt: skip
    folder = new_run(tmp_path, plan)
    assert run(folder, tmp_path) == "finished", folder.log(0)[0]
    (event,) = told(folder, "took_over")
    scores = [row["val.top1"] for row in folder.epochs()]
    best = event["values"]["best_epoch"]
    assert event["iteration"] == 5 * STEPS and best <= 4
    assert scores[4] < max(scores[:4]) == scores[best - 1] == scores[5]
    kept = checkpoint.load_weights(folder.find_checkpoint("best"))
    last = checkpoint.load_weights(folder.find_checkpoint("last"))
    assert all(torch.equal(kept[name], value) for name, value in last.items())


@pytest.mark.parametrize("objective", ["must", "dpa"])
def test_with_the_best_weights_their_average_and_what_the_objective_remembers_come_back(tmp_path, objective):
    """Else the average would mix in the weights that are given up, and a teacher would go on teaching from them."""
    stages = [{"epochs": 1}, {"epochs": 1}, {"epochs": 1, "begins_from": "best"}]
    trainer = unlabelled(tmp_path, objective, stages)
    wanted = remembered(trainer)
    fall_behind(trainer)
    assert not same(remembered(trainer), wanted)
    stage_ending.take_over_best(trainer, 2)
    assert same(remembered(trainer), wanted)
    kept = trainer.setup.objective
    begin_stage(trainer, 2)
    assert trainer.setup.objective is kept and same(remembered(trainer), wanted)


def test_an_objective_that_was_not_there_at_the_best_weights_begins_anew_from_them(tmp_path):
    stages = [{"objective": "supervised"}, {"objective": "must"}, {"objective": "must", "begins_from": "best"}]
    trainer = unlabelled(tmp_path, "must", [{"epochs": 1} | stage for stage in stages])
    fall_behind(trainer)
    stage_ending.take_over_best(trainer, 2)
    begin_stage(trainer, 2)
    objective = trainer.setup.objective
    assert same(objective.teacher.state_dict(), trainer.model.state_dict()) and objective.steps == 0


def unlabelled(runs, objective, stages):
    """A trainer of a small CLIP whose first epoch is over and was the best one."""
    plan = PLAN | {"augmentations": [], "attention": "none", "model": "clip", "objective": objective, "stages": stages}
    trainer = new_trainer(runs, plan | {"schedule": "constant"})
    trainer.train_epoch()
    trainer.end_epoch()
    return trainer


def fall_behind(trainer):
    """A second stage that is worse."""
    begin_stage(trainer, 1)
    trainer.train_epoch()
    best, trainer.best = trainer.best, {"top1": 200.0}
    trainer.end_epoch()
    trainer.best = best


def remembered(trainer):
    """Copies of the averaged weights and of the objective's state."""
    return copy.deepcopy({"average": trainer.average.state_dict(), "objective": trainer.setup.objective.state_dict()})


def same(one, other):
    """Whether two nested states are equal to the bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
