"""The range test raises the rate as it says, ends when the loss has grown, and suggests a rate that trains."""

import math

import numpy as np
import pytest
import torch

from engine.device import threads
from engine.worker import range_test
from engine.worker.cache import Cache
from engine.worker.range_test import FEWEST, GROWN, RangeTest, search, suggestion
from tests.made_runs import ask
from tests.training import TINY, batch, new_trainer


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory):
    here = tmp_path_factory.mktemp("worker_cache")
    return Cache(here, here)


@pytest.fixture(scope="module")
def answer(module_cache):
    return ask(module_cache, "range_test", config=TINY, lowest=1e-4, highest=100.0, steps=60, seconds=3600.0)


@pytest.fixture
def found(module_cache, monkeypatch):
    """Search in this process."""
    monkeypatch.setattr(threads, "fix_threads", lambda *_: 1)
    return lambda **asked: range_test.measure(RangeTest(**asked), module_cache.data, module_cache.runs, lambda *_: None)


class Steps:
    """Steps that take so many seconds each, by a clock of their own; the loss falls a little with every one."""

    def __init__(self, *seconds):
        self.seconds, self.now, self.taken = list(seconds), 0.0, 0

    def step(self, rate):
        self.now += self.seconds[min(self.taken, len(self.seconds) - 1)]
        self.taken += 1
        return 2.0 - 0.01 * self.taken

    def search(self, **asked):
        return search(RangeTest(config={}, **asked), self, lambda *_: None, clock=lambda: self.now)


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
        losses = [trainer.step(batch(trainer, 32, 32 * (step % 10)))["loss"].item() for step in range(20)]
        changes.append(np.mean(losses[-5:]) - losses[0])
    assert changes[0] < -0.2 and not changes[1] < 0


def test_the_suggestion_is_a_tenth_of_the_best_rate_and_none_where_the_loss_only_grew():
    rates = [0.001, 0.01, 0.1, 1.0]
    assert suggestion(rates, [2.0, 1.5, 1.0, 3.0]) == 0.01
    assert suggestion(rates, [1.0, 1.5, 2.0, 3.0]) is None


def test_it_is_done_on_the_device_of_the_config(answer):
    assert answer["device"] == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_is_not_there_is_said_to_be_missing(found):
    with pytest.raises(ValueError, match="device: cuda:0 cannot be used: PyTorch sees 0 graphics cards"):
        found(config=TINY | {"device": "cuda:0"})


def test_slow_steps_try_fewer_rates_over_the_same_range():
    """The first one, which warms up, does not count."""
    steps = Steps(25.0, 1.0)
    rates = steps.search(seconds=30.0, highest=1.0)["rates"]
    assert len(rates) == 30 and rates[-1] == pytest.approx(1.0) and steps.now == 25 + 30


def test_steps_that_become_slower_end_it_in_time_with_what_was_measured():
    steps = Steps(*[1.0] * 17, 10.0)
    answer = steps.search(seconds=30.0)
    assert FEWEST <= len(answer["rates"]) < 30 and steps.now < 2 + 30 + 10
    assert answer["suggested"] == pytest.approx(answer["rates"][-1] / 10, rel=0.05)


@pytest.mark.parametrize(
    ("seconds", "each", "taken"), [([40.0], "40.0", 1), ([2.0, 4.0], "4.0", 2), ([1.0, 1.0, 12.0], "12.0", 5)]
)
def test_a_recipe_that_is_too_slow_is_told_so_and_what_to_do(seconds, each, taken):
    steps = Steps(*seconds)
    says = f"^a step of this recipe takes about {each} s here, .* {FEWEST} learning rates in 30 s; choose a smaller"
    with pytest.raises(ValueError, match=says):
        steps.search(seconds=30.0)
    assert steps.taken == taken


def test_it_repeats(found):
    config = TINY | {"augmentations": [{"name": "random_crop", "padding": 2}, {"name": "cutout"}]}
    config["objective"] = {"dual_cutout_consistency": 0.1}
    first, second = (found(config=config, steps=FEWEST, highest=0.1) for _ in range(2))
    assert first == second


def test_an_objective_that_begins_with_a_copy_of_the_network_can_be_searched(found):
    """It is given the network before the first step, as in a training."""
    config = TINY | {"objective": {"name": "self_distillation"}}
    answer = found(config=config, steps=FEWEST, highest=0.1)
    assert len(answer["rates"]) == FEWEST and all(map(math.isfinite, answer["losses"]))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"lowest": 0.1, "highest": 0.1}, "lowest 0.1 must be below highest 0.1"),
        ({"steps": 3}, "steps: must be at least 10"),
        ({"config": {"data": "kmnist"}}, "has not been downloaded yet"),
        ({"config": {"optimizer": {"name": "adamww"}}}, "did you mean 'adamw'"),
    ],
)
def test_what_cannot_be_searched_is_said(module_cache, arguments, says):
    with pytest.raises(ValueError, match=says):
        ask(module_cache, "range_test", **({"config": TINY} | arguments))
