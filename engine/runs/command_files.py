"""Commands to a run as numbered files: the page writes them, the trainer reads them in order."""

import time
from pathlib import Path

from engine.runs import files

COMMANDS = ("pause", "resume", "stop", "checkpoint", "inspect", "next_stage", "set", "start_now", "kill")
WRITING_GRACE = 5.0  # seconds in which an empty command may still be written; later it is passed over


def add(folder: Path, order: dict) -> int:
    """Leave an order under the next free number, which is returned."""
    folder.mkdir(exist_ok=True)
    number = max((number for number, _ in _numbered(folder)), default=0) + 1
    while True:
        place = folder / f"{number:06d}.json"
        try:
            place.touch(exist_ok=False)  # takes the number
        except FileExistsError:
            number += 1
            continue
        try:
            files.replace_json(place, order | {"number": number, "time": time.time()})
        except OSError:
            place.unlink(missing_ok=True)  # else later commands would wait for this one
            raise
        return number


def pending(folder: Path, after: int) -> list[dict]:
    """Orders with a number above `after`, in order; one that is still being written waits for the next call."""
    found = []
    for number, path in _numbered(folder):
        if number > after:
            order = files.read_json(path)
            if order is None and abs(time.time() - path.stat().st_mtime) < WRITING_GRACE:
                break
            if order is not None:
                found.append(order)
    return found


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    paths = folder.glob("*.json") if folder.is_dir() else ()
    return sorted((int(path.stem), path) for path in paths if path.stem.isdigit())
