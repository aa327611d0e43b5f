"""The range test raises the rate as it says, ends when the loss has grown, and suggests a rate that trains."""

import math

import numpy as np
import pytest

from engine import assemble
from engine.config import resolve
from engine.range_test import FEWEST, GROWN, suggestion
from engine.shelf import Shelf
from engine.trial import Trial
from tests.made_runs import ask
from tests.training import TINY, batch, new_trainer


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    here = tmp_path_factory.mktemp("shelf")
    return Shelf(here, here)


@pytest.fixture(scope="module")
def answer(shelf):
    return ask(shelf, "range_test", config=TINY, lowest=1e-4, highest=100.0, steps=60, seconds=3600.0)


def test_the_rate_rises_by_the_same_factor_at_each_step(answer):
    rates = answer["rates"]
    assert rates[0] == 1e-4 and rates[-1] <= 100
    assert np.allclose(np.diff(np.log(rates)), math.log(1e6) / 59)
    assert len(rates) == len(answer["losses"]) == len(answer["smoothed"])


def test_it_ends_where_the_loss_has_grown(answer):
    assert len(answer["rates"]) < 60  # no network of this kind trains at a rate of 100
    assert max(answer["smoothed"]) <= GROWN * min(answer["smoothed"])


def test_the_suggested_rate_lowers_the_loss_and_one_far_above_it_does_not(answer, tmp_path):
    assert answer["suggested"] is not None and 1e-3 < answer["suggested"] < 1
    changes = []
    for rate in (answer["suggested"], 50.0):
        trainer = new_trainer(tmp_path, {"optimizer": {"learning_rate": rate}, "schedule": "constant"})
        losses = [trainer.step(*batch(trainer, 32, 32 * (step % 10)))["loss"].item() for step in range(20)]
        changes.append(np.mean(losses[-5:]) - losses[0])
    assert changes[0] < -0.2 and not changes[1] < 0


def test_the_suggestion_is_a_tenth_of_the_best_rate_and_none_where_the_loss_only_grew():
    rates = [0.001, 0.01, 0.1, 1.0]
    assert suggestion(rates, [2.0, 1.5, 1.0, 3.0]) == 0.01
    assert suggestion(rates, [1.0, 1.5, 2.0, 3.0]) is None


def test_a_small_budget_of_time_takes_few_steps(shelf):
    answer = ask(shelf, "range_test", config=TINY, highest=0.01, steps=500, seconds=0.01)
    assert len(answer["rates"]) == FEWEST


def test_it_repeats(shelf):
    config = TINY | {"augmentations": [{"name": "random_crop", "padding": 2}, {"name": "cutout"}]}
    config["objective"] = {"dual_cutout_consistency": 0.1}
    first, second = (ask(shelf, "range_test", config=config, steps=FEWEST, highest=0.1) for _ in range(2))
    assert first == second


def test_an_objective_that_begins_with_a_copy_of_the_network_can_be_searched(shelf):
    """It is given the network before the first step, as in a training."""
    config = TINY | {"objective": {"name": "self_distillation"}}
    answer = ask(shelf, "range_test", config=config, steps=FEWEST, highest=0.1)
    assert len(answer["rates"]) == FEWEST and all(map(math.isfinite, answer["losses"]))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"lowest": 0.1, "highest": 0.1}, "lowest 0.1 must be below highest 0.1"),
        ({"steps": 3}, "steps: must be at least 20"),
        ({"config": {"data": "kmnist"}}, "not on this computer yet"),
        ({"config": {"optimizer": {"name": "adamww"}}}, "did you mean 'adamw'"),
    ],
)
def test_what_cannot_be_searched_is_said(shelf, arguments, says):
    with pytest.raises(ValueError, match=says):
        ask(shelf, "range_test", **({"config": TINY} | arguments))


def test_parts_with_rates_of_their_own_keep_their_ratio(shelf):
    config = resolve(TINY | {"stages": [{"epochs": 1, "learning_rate": {"head": 0.2, "stem": 0.002}}]})
    dataset = shelf.dataset(config)
    trial = Trial(config, dataset, assemble.build_model(config, 1, 10, 16), {}, shelf.runs)
    trial.step(0.5)
    rates = {group["part"]: group["lr"] for group in trial.optimizer.param_groups}
    assert rates["head"] == 0.5 and rates["stem"] == pytest.approx(0.005) and rates["layer1"] == pytest.approx(0.125)
