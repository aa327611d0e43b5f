"""The example ships with Thaw: it is found from every folder of runs, and is one."""

import pytest

from engine.config import presets
from engine.runs import all_runs, example_run
from engine.training import weight_source


def test_the_example_ships_and_is_marked_as_it():
    folder = all_runs.find(example_run.HOUSE, example_run.ID)
    assert folder.status()["state"] == "finished" and "example" in folder.notes()["tags"]


def test_it_is_found_from_another_folder_of_runs_and_nothing_else_of_its_own_is(tmp_path):
    assert example_run.find_to_read(tmp_path, example_run.ID).path.parent == example_run.HOUSE
    assert example_run.is_there(tmp_path)
    for other in ("20200101-000000-0000", "../runs", ""):
        with pytest.raises(ValueError, match="there is no run"):
            example_run.find_to_read(tmp_path, other)


def test_ones_own_copy_comes_first_and_a_deleted_example_is_gone(tmp_path, monkeypatch):
    (tmp_path / example_run.ID).mkdir()
    assert example_run.find_to_read(tmp_path, example_run.ID).path.parent == tmp_path
    monkeypatch.setattr(example_run, "HOUSE", tmp_path / "other")
    assert not example_run.is_there(tmp_path / "empty")


@pytest.mark.parametrize("preset", ["first_run", "seed_002/thaw_quick", "seed_002/finetune_quick"])
def test_the_weights_of_presets_are_there_with_another_folder_of_runs(preset, tmp_path):
    source = presets.read(preset)[0]["weights"]
    found = weight_source.find_weights(source, tmp_path)
    assert found.weights and len(found.data["classes"]) == 5
