"""A deleted run comes back whole, until the trash is emptied."""

import pytest

from engine.runs import all_runs, trash
from tests.synthetic_run import SyntheticRun, write_run


def test_only_a_run_that_is_over_is_deleted_and_it_comes_back_whole(tmp_path):
    active, over = SyntheticRun(tmp_path).folder, write_run(tmp_path, 40)
    before = sorted(path.relative_to(over.path) for path in over.path.rglob("*"))
    with pytest.raises(ValueError, match="still active: stop it first"):
        trash.delete(active)
    trash.delete(over)
    assert [folder.id for folder in all_runs.all_runs(tmp_path)] == [active.id]
    assert trash.contents(tmp_path)["count"] == 1 and trash.contents(tmp_path)["bytes"] > 1000
    back = trash.restore(tmp_path, over.id)
    assert sorted(path.relative_to(back.path) for path in back.path.rglob("*")) == before
    with pytest.raises(ValueError, match="there is no run"):
        trash.restore(tmp_path, over.id)


def test_an_emptied_trash_holds_nothing_also_of_an_earlier_attempt(tmp_path):
    kept, gone, half = (write_run(tmp_path, 40) for _ in range(3))
    for folder in (gone, half):
        trash.delete(folder)
    place = tmp_path / trash.TRASH
    (place / half.id).rename(place / f"{half.id}{trash.GONE}")
    trash.empty(tmp_path)
    assert list(place.iterdir()) == [] and kept.path.is_dir()
