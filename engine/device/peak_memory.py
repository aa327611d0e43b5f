"""The most memory in use while something is done: of a card what was taken from it, else what this process held."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

OFTEN = 0.01  # seconds between two looks at the process


@contextmanager
def peak_memory(device: torch.device) -> Iterator[list[int]]:
    """The list holds one number afterwards, in bytes."""
    most = [0]
    if device.type == "cuda":
        torch.cuda.empty_cache()  # else what an earlier measurement left in the cache would count
        torch.cuda.reset_peak_memory_stats(device)
        yield most
        most[0] = torch.cuda.max_memory_reserved(device)
        return
    process, ended = psutil.Process(), threading.Event()

    def look() -> None:
        while True:
            most[0] = max(most[0], process.memory_info().rss)
            if ended.wait(OFTEN):
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()
        most[0] = max(most[0], process.memory_info().rss)
