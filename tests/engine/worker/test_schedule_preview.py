"""The drawn curve is that of the rates which a training uses."""

import math

import numpy as np
import pytest

from engine import catalog
from engine.config.differences import resolve
from engine.process.run_process import train_run
from engine.runs import series
from engine.training.stage_start import begin_stage
from engine.worker.cache import Cache
from engine.worker.schedule_preview import curve
from tests.made_runs import ask
from tests.training import STEPS, TINY, new_run, new_trainer

STAGES = [
    {"epochs": 2, "train": ["head", "attention"], "learning_rate": {"head": 0.02}, "frozen_batchnorm": "affine_trains"},
    {"epochs": 1, "learning_rate": 0.01, "layer_decay": 0.5},
    {"epochs": 1, "train": ["layer3"], "schedule": {"name": "one_cycle", "peak": 0.5}},
]


@pytest.mark.parametrize("over", ["stage", "plan"])
def test_the_drawn_curve_equals_the_rates_used_iteration_by_iteration(tmp_path, over):
    own = {} if over == "stage" else {"schedule": None}  # one schedule over the plan leaves no stage its own
    differences = {
        "stages": [stage | own for stage in STAGES], "schedule": {"name": "sgdr", "cycles": 2},
        "schedule_over": over, "warmup_epochs": 0.5, "warmup": "exponential", "accumulate": 2,
        "allow_random_frozen": True, "probe_images": 0,
    }  # fmt: skip
    folder = new_run(tmp_path / "runs", differences)
    assert train_run(folder, tmp_path) == "finished", folder.log(0)[0]
    drawn = curve(resolve(TINY | differences), 5, tmp_path)
    assert len(drawn["head"]) == 20
    for part, values in drawn.items():
        used = series.read(folder.series, f"learning_rate.{part}")
        np.testing.assert_array_equal(used, np.array(values))
    assert [math.isnan(values[0]) for values in drawn.values()] == [False] * 6  # the norms of all parts train
    assert [math.isnan(values[-1]) for part, values in drawn.items() if part != "layer3"] == [True] * 5


def test_the_drawn_curve_follows_edits_that_will_be_done_again(tmp_path):
    """A stage with another rate, one that is lengthened as it ends, one that is cut short; what is over stays."""
    differences = {"stages": [{"epochs": 1}, {"epochs": 1, "train": ["head"]}, {"epochs": 2}], "warmup_epochs": 0.5,
                   "schedule": "cosine", "allow_random_frozen": True, "probe_images": 0, "edits": [
        {"iteration": 4, "field": "stages.0.learning_rate", "value": {"head": 0.001}},
        {"iteration": 10, "field": "stages.0.epochs", "value": 2},
        {"iteration": 22, "field": "stages.0.learning_rate", "value": 0.5},
        {"iteration": 25, "field": "stages.1.end", "value": 25},
        {"iteration": 30, "field": "stages.2.epochs", "value": 1},
        {"iteration": 900, "field": "stages.2.epochs", "value": 9},
    ]}  # fmt: skip
    folder = new_run(tmp_path / "runs", differences)
    assert train_run(folder, tmp_path) == "finished", folder.log(0)[0]
    drawn = curve(resolve(TINY | differences), STEPS, tmp_path)
    assert len(drawn["head"]) == series.rows(folder.series) == 35
    for part, values in drawn.items():
        np.testing.assert_array_equal(series.read(folder.series, f"learning_rate.{part}"), np.array(values))


def test_what_an_objective_trains_of_its_own_is_among_the_groups_and_curves(tmp_path):
    """MUST's decoder and the token of hidden patches."""
    config = TINY | {"model": {"name": "clip"}, "attention": "none", "objective": "must", "decay_on": "weights_only",
                     "data": {"name": "digits", "limit": 60}, "probe_images": 0,
                     "stages": [{"epochs": 1, "layer_decay": 0.5}]}  # fmt: skip
    (told,) = ask(Cache(tmp_path, tmp_path), "schedule", config=config)["groups"]
    trainer = new_trainer(tmp_path, config)
    begin_stage(trainer, 0)
    used = [(group["part"], group["base_rate"], len(group["params"])) for group in trainer.setup.groups]
    assert [(group["part"], group["rate"], group["tensors"]) for group in told] == used
    assert (
        {"objective", "objective_at_input"} <= {part for part, _, _ in used} <= set(curve(resolve(config), 5, tmp_path))
    )


@pytest.mark.parametrize("name", catalog.names("schedules"))
def test_the_worker_draws_every_schedule_at_chosen_steps(tmp_path, name):
    worker_cache = Cache(tmp_path, tmp_path)
    config = TINY | {"schedule": name, "stages": [{"epochs": 30}, {"epochs": 3, "train": ["head"]}]}
    answer = ask(worker_cache, "schedule", config=config, points=20)
    assert answer["steps_per_epoch"] == 10 and answer["exact"]
    at, drawn = answer["iterations"], answer["rates"]
    assert {0, 299, 300, 329} <= set(at) and at == sorted(at) and len(at) <= 25
    whole = curve(resolve(config), 10, tmp_path)
    assert drawn["head"] == [whole["head"][step] for step in at]
    assert drawn["stem"] == [None if step >= 300 else whole["stem"][step] for step in at]


@pytest.mark.parametrize("decay_on", ["all", "all_but_norm", "weights_only"])
def test_the_groups_that_are_told_are_those_of_the_trainings_optimizer(tmp_path, decay_on):
    differences = {"decay_on": decay_on, "stages": STAGES, "allow_random_frozen": True,
                   "optimizer": {"learning_rate": 0.05, "weight_decay": 0.01}}  # fmt: skip
    answer = ask(Cache(tmp_path, tmp_path), "schedule", config=TINY | differences)
    assert answer["stages"] == [0, 20, 30]
    trainer = new_trainer(tmp_path, differences)
    for number, told in enumerate(answer["groups"]):
        begin_stage(trainer, number)
        used = [
            {"part": group["part"], "rate": group["base_rate"], "weight_decay": group["weight_decay"],
             "tensors": len(group["params"]), "parameters": sum(p.numel() for p in group["params"])}
            for group in trainer.setup.groups
        ]  # fmt: skip
        assert told == used
    spared = sum(group["parameters"] for group in answer["groups"][1] if not group["weight_decay"])
    assert (spared == 0) == (decay_on == "all")


def test_without_the_data_the_worker_assumes_a_length_and_says_so(tmp_path):
    answer = ask(Cache(tmp_path, tmp_path), "schedule", config={"data": "cifar10", "stages": [{"epochs": 2}]})
    assert not answer["exact"] and answer["iterations"][-1] == 2 * answer["steps_per_epoch"] - 1


def test_a_stage_in_which_nothing_trains_has_no_rates(tmp_path):
    """The check says that it is a fault; the drawing of the other stages stays."""
    stages = [{"epochs": 1}, {"epochs": 1, "train": ["nose"]}]
    answer = ask(Cache(tmp_path, tmp_path), "schedule", config=TINY | {"stages": stages})
    assert answer["groups"][0] and answer["groups"][1] == []
    assert all(rates[0] and rates[-1] is None for rates in answer["rates"].values())
