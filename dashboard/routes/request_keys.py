"""Request keys: a click on Start is one training, however often the request arrives and whichever server gets it."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from engine.runs import files, plain_files
from engine.runs.kinds import is_text, list_of

FOLDER = ".requests"
KEY = re.compile(r"[0-9A-Za-z-]{8,64}")
are_ids = list_of(is_text)
PATIENCE = 20.0  # seconds to wait for whoever got the same request first
KEPT = 7 * 24 * 3600  # seconds


def once(runs: Path, key: str, create: Callable[[], list[str]]) -> tuple[list[str], bool]:
    """The ids that `create` makes for this key, and whether it was this call that made them.

    Raises ValueError for a key that is none, or whose first request never ended.
    """
    if not KEY.fullmatch(key):
        raise ValueError("the request key must be 8 to 64 letters, digits and hyphens, such as a UUID")
    folder = plain_files.make_folder(runs / FOLDER)
    path = folder / f"{key}.json"
    until = time.monotonic() + PATIENCE
    while True:
        try:
            path.open("x", encoding="utf-8").close()  # exactly one caller, among all servers on these runs, gets past
        except FileExistsError:
            ids = files.read_json(path)
            if are_ids(ids) and ids:
                return ids, False
            if time.monotonic() > until:
                raise ValueError("the same request is still in progress; see the Runs tab") from None
            time.sleep(0.02)
            continue
        try:
            ids = create()
        except BaseException:
            path.unlink()
            raise
        files.replace_json(path, ids, durable=True)
        return ids, True


def forget_old(runs: Path) -> None:
    """Remove the keys that nobody can still be asking with."""
    folder = runs / FOLDER
    for path in map(folder.joinpath, plain_files.file_names(folder, ".json")):
        if time.time() - path.stat().st_mtime > KEPT:
            path.unlink(missing_ok=True)
