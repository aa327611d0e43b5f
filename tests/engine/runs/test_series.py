"""Series: rows are whole or not there, buckets lose no spike, smoothing is over all points."""

import tracemalloc

import numpy as np
import pytest

from engine.runs import series


def write(folder, **columns):
    series.Writer(folder).append({name: np.array(values, dtype=float) for name, values in columns.items()})


def test_what_is_written_is_what_numpy_reads(tmp_path):
    write(tmp_path, loss=[3, 2, 1])
    write(tmp_path, loss=[0.5])
    assert np.fromfile(tmp_path / "loss.f64", dtype="<f8").tolist() == [3, 2, 1, 0.5]
    assert series.read(tmp_path, "loss", 1, 3).tolist() == [2, 1]
    assert len(series.read(tmp_path, "loss", 9)) == len(series.read(tmp_path, "nothing")) == 0


def test_a_name_that_comes_late_or_pauses_is_nan_where_nothing_was_logged(tmp_path):
    writer = series.Writer(tmp_path)
    writer.append({"loss": np.array([1.0, 2.0])})
    writer.append({"loss": np.array([3.0]), "late": np.array([7.0])})
    writer.append({"loss": np.array([4.0])})
    assert np.array_equal(series.read(tmp_path, "late"), [np.nan, np.nan, 7, np.nan], equal_nan=True)
    assert series.rows(tmp_path) == 4


def test_a_row_exists_when_every_series_has_it(tmp_path):
    write(tmp_path, a=[1, 2, 3], b=[1, 2, 3])
    with open(tmp_path / "a.f64", "ab") as file:
        file.write(b"12345")  # a writer killed in the middle of a number
    assert series.rows(tmp_path) == 3
    with open(tmp_path / "a.f64", "ab") as file:
        file.write(b"678" + bytes(8))
    assert series.rows(tmp_path) == 3
    writer = series.Writer(tmp_path)
    assert writer.rows == 3 and (tmp_path / "a.f64").stat().st_size == 40
    writer.append({"a": np.array([4.0]), "b": np.array([4.0])})
    assert series.read(tmp_path, "a").tolist() == series.read(tmp_path, "b").tolist() == [1, 2, 3, 4]
    assert (tmp_path / "before_life_0" / "a.f64").stat().st_size == 16


@pytest.mark.parametrize("name", ["empty.f64", "loss copy.f64"])
def test_an_empty_or_foreign_file_takes_no_row_away(tmp_path, name):
    write(tmp_path, loss=np.arange(300), accuracy=np.arange(300))
    (tmp_path / name).touch()
    assert series.rows(tmp_path) == series.rows(tmp_path, 300) == 300
    assert series.read_rows(tmp_path, name.partition(".")[0], 298, 300).tolist() == pytest.approx(
        [np.nan] * 2, nan_ok=True
    )
    (tmp_path / "folder.f64").mkdir()
    (tmp_path / "link.f64").symlink_to(tmp_path / "loss.f64")
    assert set(series.names(tmp_path)) == {"loss", "accuracy", name[:-4]} and series.rows(tmp_path) == 300


@pytest.mark.parametrize(
    ("start", "stop", "points"), [(0, 1000, 10), (0, 1000, 7), (13, 990, 100), (5, 6, 3), (0, 1000, 5000)]
)
@pytest.mark.parametrize("gaps", [True, False])
def test_buckets_equal_a_plain_loop(tmp_path, start, stop, points, gaps):
    values = np.random.default_rng(0).normal(size=1000)
    values[700:702] = np.inf, -np.inf
    if gaps:
        values[::7] = np.nan
        values[100:130] = np.nan
    write(tmp_path, x=values)
    got = series.buckets(tmp_path, "x", start, stop, points)
    step = max(1, -(-(stop - start) // points))
    for i, at in enumerate(range(start, stop, step)):
        part = values[at : min(at + step, stop)]
        assert got["row"][i] == min(at + step, stop) - 1
        part = part[~np.isnan(part)]
        with np.errstate(invalid="ignore"):  # the mean of both infinities
            want = [part.min(), part.max(), part.mean(), part[-1]] if len(part) else [np.nan] * 4
        assert np.allclose([got[key][i] for key in ("min", "max", "mean", "last")], want, equal_nan=True)
    assert len(got["row"]) == -(-(stop - start) // step) <= points


def test_one_spike_among_many_points_is_still_there(tmp_path):
    values = np.zeros(1_000_000)
    values[765_432] = 1e6
    write(tmp_path, x=values)
    assert series.buckets(tmp_path, "x", 0, len(values), 2000)["max"].max() == 1e6


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.9, 0.99])
def test_smoothing_is_the_moving_average_of_all_points(tmp_path, decay):
    values = np.random.default_rng(1).normal(size=3000)
    values[500:520] = np.nan
    write(tmp_path, x=values)
    total = weight = 0.0
    expected: list[float] = []
    for value in values:
        total, weight = total * decay, weight * decay
        if not np.isnan(value):
            total, weight = total + value, weight + 1
        expected.append(total / weight if weight else np.nan)
    every, apart, none = np.arange(520, 3000), np.arange(99, 3000, 100), np.arange(0)
    for ends in (np.array([0, 10, 499, 1500, 2999]), np.arange(500), every, apart, none):
        smooth = series.smoothed(tmp_path, "x", ends, decay)
        assert np.allclose(smooth, np.array(expected)[ends], rtol=1e-3, atol=1e-4, equal_nan=True)


def test_smoothing_over_more_rows_than_there_are_takes_no_more_memory_than_they(tmp_path):
    write(tmp_path, x=np.ones(500))
    tracemalloc.start()
    assert np.allclose(series.smoothed(tmp_path, "x", np.arange(500), 1 - 1e-9), 1)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_a_late_name_is_never_shorter_than_the_others(tmp_path, monkeypatch):
    """A new series is filled before it takes its name; a kill in between leaves all rows readable."""
    writer = series.Writer(tmp_path)
    writer.append({"loss": np.arange(100.0)})

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(series.files, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        writer.append({"loss": np.array([1.0]), "late": np.array([1.0])})
    assert series.rows(tmp_path) == 100 and series.Writer(tmp_path).rows == 100
