"""Runs get ids of their own and are found by them alone."""

import pytest

from engine.runs import all_runs


def test_a_new_run_is_starting_and_is_found_newest_first(tmp_path):
    made = [all_runs.create(tmp_path, {"seed": 1}, {"seed": 1}, "好") for _ in range(3)]
    assert {folder.id for folder in all_runs.all_runs(tmp_path)} == {folder.id for folder in made}
    ids = [folder.id for folder in all_runs.all_runs(tmp_path)]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == 3
    found = all_runs.find(tmp_path, made[0].id)
    assert (found.written_status()["state"], found.notes()["label"], found.config()) == ("starting", "好", {"seed": 1})


def test_nothing_else_is_a_run(tmp_path):
    folder = all_runs.create(tmp_path / "runs", {}, {})
    (tmp_path / "runs" / "20200101-000000-abcd").symlink_to(folder.path, target_is_directory=True)
    for name in ("20200101-000000-abcd", "20200101-000000-0000", "..", f"../runs/{folder.id}", ""):
        with pytest.raises(ValueError, match="there is no run"):
            all_runs.find(tmp_path / "runs", name)
    assert [each.id for each in all_runs.all_runs(tmp_path / "runs")] == [folder.id]
    assert list(all_runs.all_runs(tmp_path / "absent")) == []
