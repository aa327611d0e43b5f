"""Summaries of runs for lists: that of a run without a trainer is read again only when its files changed."""

import logging
import math
import time
from typing import NamedTuple

from engine.runs import run_summary
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE

DAMAGED_KEPT = 30.0  # seconds; to read one again may take long
ACTIVE_KEPT = 10.0  # seconds in which of a run that trains the status alone is read anew
log = logging.getLogger("thaw")


class Known(NamedTuple):
    stamp: run_summary.Stamp
    until: float  # by the monotonic clock
    summary: dict


class Summaries:
    """What lists show of each run. Of an active one the status is read each time, as it changes without its files; a
    damaged one is read again now and then, as a disk may be back."""

    def __init__(self) -> None:
        self.known: dict[str, Known] = {}

    def of(self, folder: RunFolder) -> dict:
        """As run_summary.summary says."""
        stamp, now = run_summary.stamp(folder), time.monotonic()
        known = self.known.get(folder.id)
        summary = _still_true(folder, known, stamp) if known is not None and now < known.until else None
        if summary is None:
            summary = _summary(folder)
            state = summary["status"]["state"]
            kept = DAMAGED_KEPT if state == "damaged" else ACTIVE_KEPT if state in ACTIVE else math.inf
            self.known[folder.id] = Known(stamp, now + kept, summary)
        return summary


def _still_true(folder: RunFolder, known: Known, stamp: run_summary.Stamp) -> dict | None:
    if known.summary["status"]["state"] not in ACTIVE:
        return known.summary if known.stamp == stamp else None
    status = folder.status() if known.stamp.settings == stamp.settings else {}
    return known.summary | {"status": status} if status.get("state") in ACTIVE else None


def _summary(folder: RunFolder) -> dict:
    """One run that cannot be read must not take the list of all others along, whatever is the matter with it."""
    try:
        return run_summary.summary(folder)
    except Exception as error:
        log.exception("run %s could not be summed up", folder.id)
        return {"id": folder.id, "status": {"state": "damaged", "reason": f"{type(error).__name__}: {error}"[:300]}}
