"""Summaries of runs for lists: that of a run without a trainer is read again only when its files changed."""

import logging
import math
import time

from engine.runs import run_summary
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE

DAMAGED_KEPT = 30.0  # seconds; to read one again may take long
log = logging.getLogger("thaw")


class Summaries:
    """What lists show of each run. That of an active one is read each time, as it changes without its files; that of a
    damaged one now and then, as a disk may be back."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[tuple, float, dict]] = {}

    def of(self, folder: RunFolder) -> dict:
        """As run_summary.summary says."""
        stamp, now = run_summary.stamp(folder), time.monotonic()
        before, until, summary = self.known.get(folder.id, (None, 0.0, {}))
        if before == stamp and now < until:
            return summary
        summary = _summary(folder)
        state = summary["status"]["state"]
        if state not in ACTIVE:
            kept = DAMAGED_KEPT if state == "damaged" else math.inf
            self.known[folder.id] = stamp, now + kept, summary
        return summary


def _summary(folder: RunFolder) -> dict:
    """One run that cannot be read must not take the list of all others along, whatever is the matter with it."""
    try:
        return run_summary.summary(folder)
    except Exception as error:
        log.exception("run %s could not be summed up", folder.id)
        return {"id": folder.id, "status": {"state": "damaged", "reason": f"{type(error).__name__}: {error}"[:300]}}
