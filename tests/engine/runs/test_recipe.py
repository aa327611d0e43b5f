"""Runs are seeds of one recipe only if they differ in nothing but the seed."""

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


def test_what_cannot_be_told_is_none(tmp_path):
    endless = {}
    endless["model"] = endless
    for odd in ({1: 2, "a": 3}, endless):
        assert fingerprint(RunFolder(tmp_path), {"model": odd}) is None
