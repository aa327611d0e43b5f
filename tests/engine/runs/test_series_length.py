"""How many rows a run has does not hang on its worst series."""

import pytest

from engine.runs import series_length
from engine.runs.series_length import common_length, damaged, settled_length

FULL = [420] * 14


@pytest.mark.parametrize(
    ("found", "told", "rows"),
    [
        ([], 0, 0),
        ([420], 0, 420),
        ([*FULL, 0], 0, 420),  # one is empty
        ([*FULL, 9999], 0, 420),  # one is of another run
        ([*FULL, 0, 0, 7], 420, 420),
        ([420, 0], 420, 420),
        ([420, 0], 0, 420),
        ([420, 9999], 420, 420),
        ([0] * 10 + [420] * 3, 420, 420),  # a power cut took most of them
        ([0] * 10 + [420] * 3, 0, 0),
        ([420] * 8 + [408] * 6, 420, 408),  # torn between two series: what all have
        ([420] * 2 + [408] * 12, 420, 408),
        ([4, 3], 0, 3),
        ([3, 0], 3, 3),
        ([1, 0], 0, 0),  # the very first row is on its way
        ([100_000] * 14 + [99_990], 100_000, 99_990),
        ([100_000] * 14 + [99_000], 100_000, 100_000),
    ],
)
def test_the_length_follows_from_most_series_and_the_status(found, told, rows):
    assert settled_length(found, told) == rows


def test_a_writer_at_work_is_waited_for(monkeypatch):
    monkeypatch.setattr(series_length, "BETWEEN", 0)
    looks = iter([[10, 10, 5], [10, 10, 10]])
    assert common_length(lambda: next(looks)) == 10


def test_series_that_stay_as_they_are_are_looked_at_twice(monkeypatch):
    """A damaged one is asked for four times a second, so nobody may sleep long for it."""
    looks = iter([[10, 10, 4]] * 2)
    monkeypatch.setattr(series_length, "BETWEEN", 0)
    assert common_length(lambda: next(looks)) == 10


def test_series_that_do_not_fit_are_named():
    assert damaged({"loss": 420, "x": 0, "y": 431, "z": 9999}, 420) == {"x": 0, "z": 9999}
