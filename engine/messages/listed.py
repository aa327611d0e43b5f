"""Names within a sentence."""

from collections.abc import Sequence

MOST = 6


def listed(names: Sequence[str]) -> str:
    """The first few, as in `cat, dog, bear ...`."""
    return ", ".join(names[:MOST]) + (" ..." if len(names) > MOST else "")
