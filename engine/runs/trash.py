"""The trash beside the runs: where a deleted run waits until it is restored or the trash is emptied."""

import shutil
from pathlib import Path

from engine.runs import files, plain_files
from engine.runs.all_runs import all_runs, find
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE

TRASH = ".trash"
GONE = ".gone"  # ending of what is being removed from the trash


def delete(folder: RunFolder) -> None:
    """Move a run that is not active to the trash beside it. Raises ValueError if it is active."""
    if folder.status()["state"] in ACTIVE:
        raise ValueError(f"run {folder.id} is still active: stop it first, then delete it")
    trash = plain_files.make_folder(folder.path.parent / TRASH)
    files.move(folder.path, trash / folder.id)


def restore(runs: Path, run_id: str) -> RunFolder:
    """Bring a run back from the trash. Raises ValueError if it is not there."""
    plain_files.check(runs / TRASH)
    find(runs / TRASH, run_id)
    files.move(runs / TRASH / run_id, runs / run_id)
    return RunFolder(runs / run_id)


def contents(runs: Path) -> dict[str, int]:
    """How many runs the trash holds, and the bytes that it takes."""
    plain_files.check(runs / TRASH)
    return {"count": sum(1 for _ in all_runs(runs / TRASH)), "bytes": files.size(runs / TRASH)}


def empty(runs: Path) -> None:
    """Remove every run in the trash for good; none can be brought back by half, whenever this is cut short."""
    plain_files.check(runs / TRASH)
    for folder in all_runs(runs / TRASH):
        files.move(folder.path, folder.path.with_suffix(GONE))
    for name in plain_files.folder_names(runs / TRASH):
        if name.endswith(GONE):
            shutil.rmtree(runs / TRASH / name)
