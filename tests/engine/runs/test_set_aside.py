"""What came after the checkpoint is put aside, never lost, and what came before stays."""

import numpy as np

from engine.runs import series
from engine.runs.set_aside import set_aside
from tests.synthetic_run import SyntheticRun


def test_later_rows_epochs_and_maps_go_aside(tmp_path):
    run = SyntheticRun(tmp_path, iterations=300, per_epoch=100)
    run.advance(300)
    folder = run.folder
    loss, maps = series.read(folder.series, "loss"), folder.map_iterations()
    set_aside(folder, life=1, rows=150, epochs=1)
    assert np.array_equal(series.read(folder.series, "loss"), loss[:150])
    assert np.array_equal(series.read(folder.series / "before_life_1", "loss"), loss[150:])
    assert [row["epoch"] for row in folder.epochs()] == [1]
    assert folder.map_iterations() == [iteration for iteration in maps if iteration <= 150] != maps
    assert len(list((folder.maps / "before_life_1").glob("*.npz"))) == len([i for i in maps if i > 150])
