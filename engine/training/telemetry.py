"""Per-iteration values and hardware readings, without making the device wait.

Values stay on the device as tensors and are copied out together every tenth of a second; still each iteration keeps
its own row. Hardware is sampled by a thread of the training process, so its history stays with the run.
"""

import threading
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.runs import series
from engine.runs.run_folder import RunFolder
from engine.runs.set_aside import aside_name

FLUSH_EVERY = 0.1  # seconds
SAMPLE_EVERY = 1.0  # seconds
WATCHED = ("loss", "gradient_norm")  # a value here that is not finite ends the run


class Telemetry:
    """Collects one row an iteration and writes them in blocks."""

    def __init__(self, folder: RunFolder):
        self.writer = series.Writer(folder.series)
        self._rows: list[dict[str, Tensor | float]] = []
        self._flushed = time.monotonic()

    def record(self, row: dict[str, Tensor | float]) -> None:
        """Add one row of scalars, tensors (any device) or numbers; written when a tenth of a second has passed."""
        self._rows.append(row)
        if time.monotonic() - self._flushed >= FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what was collected. Raises FloatingPointError if a loss or gradient among it is not finite."""
        self._flushed = time.monotonic()
        if self._rows:
            first, block = self.writer.rows, _columns(self._rows)
            self._rows = []
            self.writer.append(block)
            self._check(block, first)

    def _check(self, block: dict[str, np.ndarray], first: int) -> None:
        skipped = block.get("update_skipped", 0) == 1  # fp16: the scale was too high and has been lowered since
        for name in WATCHED:
            bad = np.flatnonzero(~np.isfinite(block.get(name, np.zeros(1))) & ~skipped)
            if len(bad):
                row = first + int(bad[0])
                before = series.read(self.writer.folder, name, max(0, row - 1), row)
                last = f"; one iteration earlier it was {before[0]:.4g}" if len(before) else ""
                word = name.replace("_", " ")
                raise FloatingPointError(f"the {word} became {block[name][bad[0]]} at iteration {row + 1}{last}")

    def mean(self, name: str, start: int) -> float:
        """The mean of one series since row `start`, rows without a value left out."""
        values = series.read(self.writer.folder, name, start)
        values = values[~np.isnan(values)]
        return float(values.mean()) if len(values) else float("nan")


def _columns(rows: list[dict[str, Tensor | float]]) -> dict[str, np.ndarray]:
    """Rows to columns with one copy from the device; names that a row lacks are NaN there."""
    names = sorted({name for row in rows for name in row})
    cells = [(r, c, row[name]) for r, row in enumerate(rows) for c, name in enumerate(names) if name in row]
    table = np.full((len(rows), len(names)), np.nan)
    tensors = [(r, c, value) for r, c, value in cells if isinstance(value, Tensor)]
    if tensors:
        values = torch.stack([value.detach().float().reshape(()) for _, _, value in tensors]).cpu().numpy()
        table[[r for r, _, _ in tensors], [c for _, c, _ in tensors]] = values
    for r, c, value in cells:
        if not isinstance(value, Tensor):
            table[r, c] = value
    return {name: table[:, c] for c, name in enumerate(names)}


class SystemSampler:
    """A thread that writes one row of hardware readings a second to system/ until it is stopped."""

    def __init__(self, folder: RunFolder, sample: Callable[[], dict[str, float]], life: int = 0):
        self._writer = series.Writer(folder.system, folder.system / aside_name(life))
        self._sample = sample
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hardware readings", daemon=True)

    def __enter__(self) -> "SystemSampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._end.wait(SAMPLE_EVERY):
            self._writer.append({name: np.array([value]) for name, value in self._sample().items()})
