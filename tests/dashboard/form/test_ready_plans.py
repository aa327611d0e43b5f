"""Plans share the epochs, are known again by their stages, and leave free what is one's own."""

from itertools import pairwise

import pytest

from dashboard.form import form_state, ready_plans
from engine.config.differences import check
from tests.dashboard.form.all_settings import form


@pytest.mark.parametrize(
    ("weights", "total", "shares"),
    [
        ([1, 1, 1], 10, [4, 3, 3]),
        ([1, 3], 12, [3, 9]),
        ([6, 12], 40, [13, 27]),
        ([1000, 1], 10, [9, 1]),
        ([9, 9, 9], 3, [1, 1, 1]),
        ([1, 1], 10**40 + 1, [5 * 10**39 + 1, 5 * 10**39]),
        ([1, 2], 10**400, [(10**400 - 1) // 3, (2 * 10**400 + 1) // 3]),
    ],
)
def test_epochs_are_spread_in_proportion(weights, total, shares):
    result = ready_plans.spread(weights, total)
    assert sum(result) == total and min(result) >= 1
    assert result == shares


@pytest.mark.parametrize("attention", ["none", "cbam"])
@pytest.mark.parametrize("name", ready_plans.PLANS)
def test_a_plan_makes_stages_that_are_known_as_that_plan(name, attention):
    parts = ready_plans.parts_of({"layout": "cifar"}, attention)
    stages = ready_plans.stages_of(name, parts, total=30, first_id=7, title=str)
    assert ready_plans.name_of(stages, parts) == name
    assert sum(stage["epochs"] for stage in stages) == 30
    assert len({stage["id"] for stage in stages}) == len(stages)
    config, faults = check(form_state.changes_of(form(stages=stages)))
    assert config is not None, faults


def test_rates_written_otherwise_are_the_same_plan_and_other_rates_are_ones_own():
    parts = ready_plans.parts_of({}, "cbam")
    stages = ready_plans.stages_of("seed_002", parts, total=50, first_id=0, title=str)
    assert [stage["epochs"] for stage in stages] == [5, 15, 30]
    stages[2]["learning_rate"] = "0.00001"
    assert ready_plans.name_of(stages, parts) == "seed_002"
    stages[2]["learning_rate"] = "0.00002"
    assert ready_plans.name_of(stages, parts) == ready_plans.OWN


def test_a_plan_without_rates_of_its_own_leaves_them_free():
    parts = ready_plans.parts_of({}, "none")
    stages = ready_plans.stages_of("head_then_all", parts, total=8, first_id=0, title=str)
    assert (
        ready_plans.name_of([stages[0], stages[1] | {"learning_rate": "head: 0.1, stem: 0.01"}], parts)
        == "head_then_all"
    )


def test_a_plan_that_freezes_trains_everything_first():
    stages = ready_plans.stages_of("freeze_up", ready_plans.parts_of({}, "none"), total=30, first_id=0, title=str)
    assert stages[0]["train"] == ["all"]
    sets = [set(stage["train"]) for stage in stages[1:]]
    assert all(later < earlier for earlier, later in pairwise(sets))
