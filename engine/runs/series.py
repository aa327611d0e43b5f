"""Number series on disk: one little-endian float64 file a name, element i belongs to row i.

Readers open, read a chunk and close; nothing is memory-mapped, because cutting a mapped file kills its reader.
"""

import math
import os
from pathlib import Path

import numpy as np

from engine.runs import files, plain_files
from engine.runs.plain_files import opened
from engine.runs.series_length import common_length

ITEM = 8  # bytes
CHUNK = 1 << 18  # rows read at a time
SUFFIX = ".f64"


def names(folder: Path) -> list[str]:
    """The names of the series in `folder`, sorted."""
    return [name[: -len(SUFFIX)] for name in plain_files.file_names(folder, SUFFIX)]


def lengths(folder: Path) -> dict[str, int]:
    """The whole numbers in each series."""
    found = {}
    for entry in plain_files.entries(folder):
        if entry.name.endswith(SUFFIX) and entry.is_file():
            found[entry.name[: -len(SUFFIX)]] = os.stat(entry.path).st_size // ITEM
    return found


def rows(folder: Path, told: int = 0) -> int:
    """How many rows there are, whatever a damaged series holds. told: how many the status knows of."""
    return common_length(lambda: list(lengths(folder).values()), told)


def read(folder: Path, name: str, start: int = 0, stop: int | None = None) -> np.ndarray:
    """Rows start to stop of one series, float64; fewer where the file is shorter, none where it is missing."""
    path = folder / (name + SUFFIX)
    count = -1 if stop is None else max(0, stop - start)
    try:
        with opened(path) as file:
            file.seek(start * ITEM)
            raw = file.read() if count < 0 else file.read(count * ITEM)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return np.empty(0)
    return np.frombuffer(raw[: len(raw) // ITEM * ITEM], dtype="<f8")


def read_rows(folder: Path, name: str, start: int, stop: int) -> np.ndarray:
    """The same, with NaN where the file is shorter than the others."""
    values = np.full(stop - start, math.nan)
    held = read(folder, name, start, stop)
    values[: len(held)] = held
    return values


class Writer:
    """Appends rows to a folder of series; a name that appears late is filled with NaN up to its first row.

    Nothing is changed before the first rows come: then series of another length are brought to the common one, and what
    is cut from them goes to `aside`.
    """

    def __init__(self, folder: Path, aside: Path | None = None):
        self.folder = plain_files.make_folder(folder)
        self.aside = aside or folder / "before_life_0"
        self.rows = rows(folder)
        self.names = names(folder)
        self.has_begun = False
        self.torn = False  # whether some series may have rows that others lack, as a write failed

    def append(self, block: dict[str, np.ndarray]) -> None:
        """Add the same number of rows to every series; names missing from `block` get NaN."""
        if not self.has_begun:
            level(self.folder, self.rows, self.aside)
            self.has_begun = True
        if self.torn:
            _cut(self.folder, self.rows)
        self.torn = True
        count = len(next(iter(block.values())))
        for name in sorted(set(block) - set(self.names)):
            # A reader must never find it shorter than the others.
            files.replace(
                self.folder / (name + SUFFIX),
                lambda path: files.write_new(path, np.full(self.rows, math.nan, dtype="<f8").tobytes()),
            )
            self.names.append(name)
        gap = np.full(count, math.nan, dtype="<f8")
        for name in self.names:
            with opened(self.folder / (name + SUFFIX), "ab") as file:
                file.write(np.asarray(block.get(name, gap), dtype="<f8").tobytes())
        self.rows += count
        self.torn = False


def level(folder: Path, count: int, aside: Path) -> None:
    """Bring every series to `count` rows, so that element i is iteration i: what is cut goes to `aside` first, and what
    is missing is NaN."""
    for name in names(folder):
        size = _bytes(folder, name)
        kept = min(count, size // ITEM)
        if size > kept * ITEM:
            files.copy_aside(folder / (name + SUFFIX), aside, kept * ITEM)
    _cut(folder, count)
    for name, whole in lengths(folder).items():
        if whole < count:
            with opened(folder / (name + SUFFIX), "r+b") as file:
                file.seek(whole * ITEM)
                file.write(np.full(count - whole, math.nan, dtype="<f8").tobytes())


def _bytes(folder: Path, name: str) -> int:
    return os.stat(folder / (name + SUFFIX)).st_size


def _cut(folder: Path, count: int) -> None:
    for name in names(folder):
        if _bytes(folder, name) > count * ITEM:
            with opened(folder / (name + SUFFIX), "r+b") as file:
                file.truncate(count * ITEM)


def buckets(folder: Path, name: str, start: int, stop: int, points: int) -> dict[str, np.ndarray]:
    """The range start to stop in at most `points` buckets: row (of the last element), min, max, mean and last of each.

    A single spike is in the min or max of its bucket; a bucket in which nothing was logged is NaN.
    """
    step = max(1, math.ceil((stop - start) / max(1, points)))
    chunk = max(step, CHUNK // step * step)
    pieces = [_bucket(read(folder, name, at, min(at + chunk, stop)), step) for at in range(start, stop, chunk)]
    low, high, mean, last = np.concatenate(pieces, axis=1) if pieces else np.empty((4, 0))
    row = np.minimum(start + np.arange(1, len(low) + 1) * step, stop) - 1
    return {"row": row, "min": low, "max": high, "mean": mean, "last": last}


def _bucket(values: np.ndarray, step: int) -> np.ndarray:
    """(4, buckets): min, max, mean, last of each `step` values, NaN left out."""
    if step == 1 or not len(values):
        return np.stack([values] * 4)
    begins = np.arange(0, len(values), step)
    ends = np.append(begins[1:], len(values))
    with np.errstate(invalid="ignore", over="ignore"):
        low, high, total = (merge.reduceat(values, begins) for merge in (np.fmin, np.fmax, np.add))
        count, last = ends - begins, ends - 1
        if np.isnan(total).any():  # some rows have no value
            there = ~np.isnan(values)
            total = np.add.reduceat(np.where(there, values, 0.0), begins)
            count = np.add.reduceat(there, begins, dtype=int)
            last = np.maximum.reduceat(np.where(there, np.arange(len(values)), -1), begins)
        mean = total / np.maximum(count, 1)
    return np.where(count > 0, np.stack([low, high, mean, values[last]]), math.nan)


def smoothed(folder: Path, name: str, ends: np.ndarray, decay: float) -> np.ndarray:
    """The exponential moving average of all rows, read off at the rows `ends`; rows without a value are passed over.

    ends ascend, evenly spaced but for the last. decay in [0, 1): the weight of a row is decay times that of the next
    one. Weights under 1e-5 are left out.
    """
    if not len(ends):
        return np.empty(0)
    weights = _falling(decay, int(ends[-1]) + 1)
    width = len(weights)
    apart = int(ends[1] - ends[0]) if len(ends) > 1 else 1
    at_once = max(1, CHUNK // max(apart, width)) if apart < 8 * width else 1  # far apart, most rows need no reading
    result = np.empty(len(ends))
    for first in range(0, len(ends), at_once):
        windows = _windows(folder, name, ends[first : first + at_once], width)
        there = ~np.isnan(windows)
        with np.errstate(invalid="ignore"):  # 0 / 0 where a window is empty
            result[first : first + at_once] = (np.where(there, windows, 0.0) @ weights) / (there @ weights)
    return result


def smoothing_weight(folder: Path, name: str, row: int, decay: float) -> float:
    """The sum of the weights behind what `smoothed` gives at a row: who knows both goes on from there row by row."""
    weights = _falling(decay, row + 1)
    there = ~np.isnan(_windows(folder, name, np.array([row]), len(weights))) if len(weights) else np.empty((1, 0))
    return float((there @ weights)[0])


def _falling(decay: float, most: int) -> np.ndarray:
    """The weights of the last rows, at most so many, the newest last."""
    width = math.ceil(math.log(1e-5) / math.log(decay)) if decay > 0 else 1
    return decay ** np.arange(min(width, most) - 1.0, -1, -1)


def _windows(folder: Path, name: str, ends: np.ndarray, width: int) -> np.ndarray:
    """(len(ends), width): the rows up to and with each end; NaN before the first row and where the file ends early."""
    begin, stop = int(ends[0]) - width + 1, int(ends[-1]) + 1
    rows = np.full(stop - begin, math.nan)
    held = read(folder, name, max(0, begin), stop)
    rows[max(0, -begin) :][: len(held)] = held
    return np.lib.stride_tricks.sliding_window_view(rows, width)[ends - ends[0]]
