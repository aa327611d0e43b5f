"""Summaries of runs for lists: that of a run that is over is read again only when its files changed."""

from engine.runs import run_summary
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE


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
        summary = run_summary.summary(folder)
        if summary["status"]["state"] not in (*ACTIVE, "damaged"):
            self.known[folder.id] = (stamp, summary)
        return summary
