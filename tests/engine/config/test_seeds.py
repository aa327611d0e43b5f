"""A config of several seeds is as many runs of one group."""

from engine.config.differences import resolve
from engine.config.seeds import one_for_each_seed


def test_each_seed_has_a_run_of_its_own_and_several_have_a_group():
    several = one_for_each_seed(resolve({"seeds": [3, 1], "batch_size": 7}))
    assert [(config.seed, config.seeds, config.batch_size) for config in several] == [(3, [], 7), (1, [], 7)]
    assert several[0].group == several[1].group != one_for_each_seed(resolve({"seeds": [3, 1]}))[0].group
    assert one_for_each_seed(resolve({"seed": 5})) == [resolve({"seed": 5})]
    assert {config.group for config in one_for_each_seed(resolve({"seeds": [1, 2], "group": "mine"}))} == {"mine"}
