"""Runs are seeds of one recipe only if they differ in nothing but the seed."""

import pytest

from engine.config import differences
from engine.runs.recipe import fingerprint
from engine.runs.run_folder import RunFolder

CONFIG = {"model": {"name": "resnet", "depth": 20}, "stages": [{"epochs": 5}], "seed": 0, "label": "a", "group": "g"}


def test_what_names_a_run_and_its_seed_make_no_other_recipe(tmp_path):
    folder, same = RunFolder(tmp_path), {"seed": 3, "seeds": [1, 2], "label": "b", "group": "h"}
    assert fingerprint(folder, CONFIG) == fingerprint(folder, dict(reversed((CONFIG | same).items())))
    for other in ({"batch_size": 7}, {"stages": [{"epochs": 6}]}, {"model": {"name": "resnet", "depth": 26}}):
        assert fingerprint(folder, CONFIG | other) != fingerprint(folder, CONFIG)


def test_a_run_that_was_changed_while_it_ran_is_no_seed_of_the_others(tmp_path):
    folder = RunFolder(tmp_path)
    before = fingerprint(folder, CONFIG)
    folder.edits_file.write_text("edits: [{iteration: 5, field: stages.0.learning_rate, value: 1}]", encoding="utf-8")
    assert fingerprint(folder, CONFIG) != before


def test_a_run_of_an_earlier_thaw_is_of_the_same_recipe_as_one_of_today(tmp_path):
    """What did not exist yet when its config was written has its default."""
    today = differences.resolve({"data": {"name": "image_folder", "path": "/a"}}).model_dump()
    data = {name: value for name, value in today["data"].items() if not name.startswith("channel_")}
    earlier = {name: value for name, value in today.items() if name != "decay_on"} | {"data": data}
    assert len(earlier["data"]) < len(today["data"])
    folder = RunFolder(tmp_path)
    assert fingerprint(folder, earlier) == fingerprint(folder, today)
    assert fingerprint(folder, earlier | {"decay_on": "weights_only"}) != fingerprint(folder, today)


@pytest.mark.parametrize(
    "idle", [{"device": "cpu"}, {"reference": ["a"]}, {"checkpoint_minutes": 60.0}, {"threads": 2},
             {"data": {"storage": "files"}}, {"stages": [{"title": "first"}]}]
)  # fmt: skip
def test_what_changes_nothing_in_what_is_learnt_makes_no_other_recipe(tmp_path, idle):
    plain = {"data": {"name": "image_folder", "path": "/a"}}
    changed = plain | idle | {"data": plain["data"] | idle.get("data", {})}
    assert fingerprint(RunFolder(tmp_path), plain) == fingerprint(RunFolder(tmp_path), changed)


def test_data_elsewhere_may_be_others(tmp_path):
    here, there = ({"data": {"name": "image_folder", "path": path}} for path in ("/a", "/b"))
    assert fingerprint(RunFolder(tmp_path), here) != fingerprint(RunFolder(tmp_path), there)


def test_what_cannot_be_told_is_none(tmp_path):
    endless = {}
    endless["model"] = endless
    for odd in ({1: 2, "a": 3}, endless):
        assert fingerprint(RunFolder(tmp_path), {"model": odd}) is None
