"""How many rows a run has, where one of its series may be cut, empty or not of the run at all."""

import time
from collections.abc import Callable

TEAR = 64  # rows: series that differ by no more were torn apart by a kill between two writes; what all have counts
SHARE_OF_TEAR = 8  # and by no more than this part of all rows, or by two
LOOKS, BETWEEN = 5, 0.002  # a writer that is between two series is done after a few milliseconds


def common_length(look: Callable[[], list[int]], told: int = 0) -> int:
    """How many rows most of the series have, and at least those that the status knows of, if any series has them.

    look: gives the lengths of all series. Where they differ, it is asked again while a writer is at work.
    """
    found = look()
    for _ in range(LOOKS):
        if len(set(found)) <= 1:
            return found[0] if found else 0
        time.sleep(BETWEEN)
        before, found = found, look()
        if found == before:
            break
    return settled_length(found, told)


def settled_length(found: list[int], told: int = 0) -> int:
    """The same, of series that nobody is writing to."""
    if not found:
        return 0
    common = max(_middle(found, told), min(told, max(found)))
    return min(length for length in found if length >= common - _tear(common))


def damaged(found: dict[str, int], count: int) -> dict[str, int]:
    """The series that are shorter than `count` rows, or much longer, by name, with their lengths."""
    return {name: length for name, length in found.items() if length < count or length > count + _tear(count) + TEAR}


def _tear(count: int) -> int:
    return min(TEAR, max(2, count // SHARE_OF_TEAR))


def _middle(found: list[int], told: int) -> int:
    """The median; of two in the middle the one nearer to what the status knows, else the larger one."""
    ordered = sorted(found)
    low, high = ordered[(len(found) - 1) // 2], ordered[len(found) // 2]
    return low if told and abs(low - told) < abs(high - told) else high
