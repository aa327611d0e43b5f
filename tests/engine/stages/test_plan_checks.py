"""Faults of a plan that only its model shows."""

from engine.config.differences import resolve
from engine.stages import plan_checks

PARTS = ["stem", "layer1", "layer2", "head"]


def plan_faults(plan, loaded=(), **more):
    return [str(fault) for fault in plan_checks.check_plan(resolve({"stages": plan} | more), PARTS, loaded)]


def test_a_part_that_does_not_exist_is_named_with_its_stage_and_a_near_name():
    faults = plan_faults([{}, {"train": ["layr2"]}, {"learning_rate": {"haed": 0.1}}])
    assert len(faults) == 3
    assert faults[0].startswith("stages.1.train: part 'layr2' does not exist in this model; did you mean 'layer2'?")
    assert faults[1] == "stages.1.train: stage 2 trains nothing: name at least one part"
    assert faults[2].startswith(
        "stages.2.learning_rate: part 'haed' does not exist in this model; did you mean 'head'?"
    )


def test_freezing_what_is_random_is_refused_until_it_was_loaded_or_has_trained():
    head_first = [{"train": ["head"]}, {}]
    assert plan_faults(head_first) == [
        "stages.0.train: stage 1 freezes stem, layer1, layer2, which is random: neither loaded nor trained. "
        "Train it first, load weights, or set allow_random_frozen: true if this is intended"
    ]
    assert plan_faults(head_first, loaded=["stem", "layer1", "layer2"]) == []
    assert plan_faults([{}, {"train": ["head"]}]) == []
    assert plan_faults(head_first, allow_random_frozen=True) == []


def test_a_factor_for_a_part_that_does_not_exist_is_named_with_a_near_one():
    config = resolve({"stages": [{"rate_factors": {"layr1": 0.1}}]})
    (fault,) = plan_checks.check_plan(config, ["stem", "layer1", "head"], [])
    assert fault.field == "stages.0.rate_factors" and "did you mean 'layer1'" in fault.message
