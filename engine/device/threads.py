"""How many threads of the processor a training takes. Imports no torch: it is best settled before torch is imported."""

import os
import sys

from engine import hardware

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
POLITE = 5  # niceness of a training on the CPU, so that page and desktop stay quick


def fix_threads(wish: int, device: str) -> int:
    """Fix the number of threads, 0 leaving a core free, best before torch is imported; be polite on the processor."""
    threads = wish or max(1, _usable_cores() - 1)
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    if "torch" in sys.modules:  # a trainer that was waiting has imported it already
        sys.modules["torch"].set_num_threads(threads)
    if device == "cpu":
        hardware.be_polite(POLITE)
    return threads


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
