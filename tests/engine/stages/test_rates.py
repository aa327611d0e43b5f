"""Learning rates: the warm-up's values at its ends, and the drawn curve equal to the rates that a training used."""

import numpy as np
import pytest

from engine.config.differences import resolve
from engine.stages.plan import Plan
from engine.stages.rates import rates, schedule_of, warmup
from tests.training import STEPS


def factors(**differences) -> list[float]:
    """The factor at every step of a plan of four epochs with ten steps each."""
    config = resolve({"stages": [{"epochs": 4}], "schedule": "constant"} | differences)
    plan = Plan(config.stages, STEPS)
    schedule = schedule_of(config, config.stages[0])
    return [rates(config, plan, schedule, 0, step, {"all": 1.0})["all"] for step in range(plan.iterations)]


def test_a_linear_warmup_rises_evenly_and_is_over_at_the_step_after_it():
    values = factors(warmup_epochs=1.0)
    assert values[:STEPS] == pytest.approx([(step + 1) / (STEPS + 1) for step in range(STEPS)])
    assert values[STEPS:] == [1.0] * 3 * STEPS


def test_an_exponential_warmup_is_the_fourth_power_and_meets_the_schedule_without_a_jump():
    values = factors(warmup="exponential", warmup_epochs=2.0)
    assert values[: 2 * STEPS] == pytest.approx([((step + 1) / (2 * STEPS + 1)) ** 4 for step in range(2 * STEPS)])
    assert values[2 * STEPS :] == [1.0] * 2 * STEPS
    assert max(np.diff(values)) < 0.2


def test_milestones_count_from_the_beginning_and_not_from_the_end_of_the_warmup():
    values = factors(warmup_epochs=1.0, schedule={"name": "multistep", "milestones": [0.5], "gamma": 0.1})
    assert values[2 * STEPS - 1] == 1 and values[2 * STEPS] == pytest.approx(0.1)


def test_without_a_warmup_the_first_step_has_the_whole_rate():
    config = resolve({})
    assert warmup(config, Plan(config.stages, STEPS), 0) == 1
