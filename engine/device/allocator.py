"""Let this process keep the memory that it frees, as each step of a training needs what the step before gave back.

Else glibc returns it to the system and asks for it anew: measured, thousands of page faults a step, 5 % of its time.
"""

import ctypes
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt(3)
MOST_KEPT = (1 << 31) - 1  # bytes free at the end of the heap
LARGEST_KEPT = (1 << 30, 1 << 25)  # bytes of one block, above which it goes straight back; old glibcs refuse the first


def keep_freed_memory() -> None:
    """Where the C library is glibc; elsewhere nothing happens."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt and any(mallopt(MMAP_THRESHOLD, size) for size in LARGEST_KEPT):  # 1 where it was taken
            mallopt(TRIM_THRESHOLD, MOST_KEPT)
