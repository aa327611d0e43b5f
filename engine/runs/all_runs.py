"""The folder of all runs: a new run is created in it, and runs are found in it by their ids."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from engine.runs.queue_tickets import next_turn
from engine.runs.run_folder import RunFolder

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


def create(runs: Path, config: dict, changes: dict, label: str = "") -> RunFolder:
    """A new run folder with its config and the state `starting`; the id holds the time and is never used twice."""
    runs.mkdir(parents=True, exist_ok=True)
    while True:
        path = runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        try:
            path.mkdir()
            break
        except FileExistsError:
            continue
    folder = RunFolder(path)
    try:
        folder.commands.mkdir()
        folder.write_config(config, changes)
        folder.write_notes({"label": label})
        status = {"state": "starting", "reason": "", "life": 0, "created": time.time(), "turn": next_turn(runs)}
        folder.write_status(status, durable=True)
    except OSError:
        shutil.rmtree(path, ignore_errors=True)  # half a run would be listed as a damaged one
        raise
    return folder


def find(runs: Path, run_id: str) -> RunFolder:
    """The run with this id directly inside `runs`. Raises ValueError for any other name, path or link."""
    path = runs / run_id
    if not RUN_ID.fullmatch(run_id) or path.is_symlink() or not path.is_dir():
        raise ValueError(f"there is no run {run_id[:80]!r}; the Runs tab lists those there are")
    return RunFolder(path)


def all_runs(runs: Path) -> Iterator[RunFolder]:
    """Every run in `runs`, newest first."""
    if not runs.is_dir():
        return iter(())
    with os.scandir(runs) as entries:  # tells links apart without asking the disk for each
        names = [
            entry.name for entry in entries if RUN_ID.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
    return (RunFolder(runs / name) for name in sorted(names, reverse=True))
