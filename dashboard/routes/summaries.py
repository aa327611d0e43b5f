"""Summaries of runs for lists: that of a run that is over is read again only when its files changed."""

import logging

from engine.runs import run_summary
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE

log = logging.getLogger("thaw")


class Summaries:
    """What lists show of each run. That of an active or damaged run is read each time: it changes without its files."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[tuple, dict]] = {}

    def of(self, folder: RunFolder) -> dict:
        """As run_summary.summary says."""
        stamp = run_summary.stamp(folder)
        known = self.known.get(folder.id)
        if known and known[0] == stamp:
            return known[1]
        summary = _summary(folder)
        if summary["status"]["state"] not in (*ACTIVE, "damaged"):
            self.known[folder.id] = (stamp, summary)
        return summary


def _summary(folder: RunFolder) -> dict:
    """One run that cannot be read must not take the list of all others along, whatever is the matter with it."""
    try:
        return run_summary.summary(folder)
    except Exception as error:
        log.exception("run %s could not be summed up", folder.id)
        return {"id": folder.id, "status": {"state": "damaged", "reason": f"{type(error).__name__}: {error}"[:300]}}
