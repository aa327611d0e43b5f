"""Commands to a run as numbered files: the page writes them, the trainer reads them in order."""

import re
import time
from pathlib import Path
from typing import Any

from engine.runs import files, plain_files
from engine.runs.kinds import is_table, is_text, is_whole, table_of

COMMANDS = ("pause", "resume", "stop", "checkpoint", "inspect", "next_stage", "set", "start_now", "kill")
NAME = re.compile(r"[0-9]{1,15}\.json")
MOST_AT_ONCE = 1000
LARGEST = 64 << 10  # bytes
is_order = table_of(command=is_text, arguments=is_table, life=is_whole)
WRITING_GRACE = 5.0  # seconds in which an empty command may still be written; later it is passed over


def add(folder: Path, order: dict) -> int:
    """Leave an order under the next free number, which is returned."""
    plain_files.make_folder(folder)
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
    """Orders with a number above `after`, in order; one that is still being written waits for the next call.

    Files that are not orders are ignored. At most MOST_AT_ONCE are returned; the next call returns the rest.
    """
    found: list[dict] = []
    for number, path in _numbered(folder):
        if len(found) == MOST_AT_ONCE:
            break
        if number > after:
            order = _read(path)
            if order is None and _is_young(path):
                break
            if isinstance(order, dict) and is_order(order) and "command" in order:
                found.append(order | {"number": number})
    return found


def _read(path: Path) -> Any:
    try:
        return files.read_json(path, LARGEST)
    except OSError:
        return None


def _is_young(path: Path) -> bool:
    try:
        return abs(time.time() - path.lstat().st_mtime) < WRITING_GRACE
    except OSError:
        return False


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    names = [name for name in plain_files.file_names(folder, ".json") if NAME.fullmatch(name)]
    return sorted((int(name.partition(".")[0]), folder / name) for name in names)
