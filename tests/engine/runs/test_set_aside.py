"""What came after the checkpoint is put aside, never lost, and what came before stays."""

import numpy as np
import pytest

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


def contents(place):
    return {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("damage", ["empty", "missing half", "half a number more", "of another run", "cut to 7 bytes"])
def test_whatever_a_series_holds_all_that_is_cut_has_a_copy(damage, tmp_path):
    run = SyntheticRun(tmp_path, iterations=300, per_epoch=100)
    run.advance(300)
    folder, stray = run.folder, run.folder.series / "loss.cls.f64"
    raw = stray.read_bytes()
    stray.write_bytes(
        {"empty": b"", "missing half": raw[:1200], "half a number more": raw + b"1234",
         "of another run": raw * 5, "cut to 7 bytes": raw[:7]}[damage]
    )  # fmt: skip
    before = contents(folder.series)
    set_aside(folder, life=1, rows=150, epochs=1)
    set_aside(folder, life=1, rows=100, epochs=1)  # killed and resumed before the life could be counted
    writer = series.Writer(folder.series)
    assert writer.rows == 100 and set(series.lengths(folder.series).values()) == {100}
    for name, content in before.items():
        aside = [folder.series / "before_life_1" / f"{name.stem}{again}{name.suffix}" for again in ("-2", "")]
        rest = [path.read_bytes() if path.exists() else b"" for path in aside]
        if len(content) > 1200:
            assert (folder.series / name).read_bytes() + b"".join(rest) == content
        else:  # what was missing is NaN, and of what was too little for a number there is a copy
            numbers, fraction = content[: len(content) // 8 * 8], content[len(content) // 8 * 8 :]
            assert (folder.series / name).read_bytes().startswith(numbers[:800])
            assert any(copy.startswith(numbers[800:]) for copy in rest) and fraction in rest[1]


def test_the_history_of_the_machine_survives_an_empty_series(tmp_path):
    """What a resume does to system/: every reading of before is still there."""
    run = SyntheticRun(tmp_path, iterations=300)
    for _ in range(20):
        run.sample()
    folder = run.folder
    held = series.read(folder.system, "cpu")
    (folder.system / "empty.f64").touch()
    (folder.system / "longer.f64").write_bytes(bytes(8 * 5000))
    writer = series.Writer(folder.system, folder.system / "before_life_1")
    assert writer.rows == 20
    writer.append({"cpu": np.array([1.0])})
    assert np.array_equal(series.read(folder.system, "cpu"), [*held, 1.0])
    assert len(series.read(folder.system / "before_life_1", "longer")) == 4980


def test_epochs_of_an_earlier_copy_are_never_replaced(tmp_path):
    run = SyntheticRun(tmp_path, iterations=300, per_epoch=100)
    run.advance(300)
    with open(run.folder.epochs_file, "ab") as file:
        file.write(b'{"epoch": "x"}\nnoise\n')
    whole = run.folder.epochs_file.read_bytes()
    set_aside(run.folder, life=1, rows=200, epochs=2)
    set_aside(run.folder, life=1, rows=100, epochs=1)
    copies = [run.folder.series / "before_life_1" / name for name in ("epochs.jsonl", "epochs-2.jsonl")]
    assert copies[0].read_bytes() == whole and copies[1].read_bytes().count(b"\n") == 2
