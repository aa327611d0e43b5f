"""What every benchmark prints beside its figures: the machine, and how sure a median is."""

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def machine() -> str:
    """Processor, cores and load: a figure without them says little."""
    name, info = platform.processor(), Path("/proc/cpuinfo")
    if info.exists():
        name = next(
            (
                line.split(":")[1].strip()
                for line in info.read_text(encoding="utf-8").splitlines()
                if "model name" in line
            ),
            name,
        )
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}{load}"


def median_interval(values: Sequence[float], share: float = 0.9) -> tuple[float, float, float]:
    """The median and the interval in which it lies with a probability of `share` (bootstrap, 10,000 draws)."""
    draws = np.random.default_rng(0).choice(values, (10_000, len(values)))
    low, high = np.quantile(np.median(draws, axis=1), [(1 - share) / 2, (1 + share) / 2])
    return statistics.median(values), float(low), float(high)


def told(name: str, values: Sequence[float]) -> str:
    """`name: median (90 % interval low to high)`."""
    median, low, high = median_interval(values)
    return f"{name}: {median:.3f} (90 % interval {low:.3f} to {high:.3f}, {len(values)} pairs)"


def spread(name: str, values: Sequence[float], unit: str = "ms") -> str:
    """`name: median, 95 %` of times given in seconds."""
    ordered, factor = sorted(values), {"ms": 1e3, "s": 1.0}[unit]
    middle, high = statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"{name}: median {middle * factor:.1f} {unit}, 95 % {high * factor:.1f} {unit} ({len(ordered)} times)"
