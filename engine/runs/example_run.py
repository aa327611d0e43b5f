"""The finished run that ships with Thaw: presets begin from its weights, and a first run is compared with it.

It lies in the folder of runs that ships as well, whichever folder somebody keeps their own runs in.
"""

from pathlib import Path

from engine.runs import all_runs
from engine.runs.run_folder import RunFolder

ID = "20261122-055751-36fe"
HOUSE = Path(__file__).parents[2] / "runs"


def find_to_read(runs: Path, run_id: str) -> RunFolder:
    """The run with this id inside `runs`; else the example, which is only to be read there. Raises ValueError."""
    try:
        return all_runs.find(runs, run_id)
    except ValueError:
        if run_id != ID:
            raise
    return all_runs.find(HOUSE, run_id)


def is_there(runs: Path) -> bool:
    """Whether the example can be read: somebody may have deleted it."""
    try:
        return bool(find_to_read(runs, ID))
    except ValueError:
        return False
