"""What a list of runs shows of each, and the stamp by which it knows that a run has changed."""

import os
from typing import Any

from engine.runs.run_folder import RunFolder

SUMMARISED = ("status.json", "transition.json", "notes.json", "config.yaml", "trained_with.json")


def summary(folder: RunFolder) -> dict[str, Any]:
    """What a list of runs shows of one: id, state, notes and figures; a damaged run is named, never an error."""
    try:
        status = folder.status()
        config = folder.config()
    except (OSError, ValueError) as error:
        return {"id": folder.id, "status": {"state": "damaged", "reason": str(error)}, **folder.notes()}
    keys = ("data", "model", "attention", "optimizer", "objective")
    parts = {key: (config.get(key) or {}).get("name") for key in keys if isinstance(config.get(key), dict)}
    return {"id": folder.id, "status": status, "parts": parts, "group": config.get("group"), "seed": config.get("seed"),
            **folder.notes()}  # fmt: skip


def stamp(folder: RunFolder) -> tuple:
    """Differs as soon as a file that the summary is made of was replaced, changed, added or removed."""
    root = str(folder.path)  # joined as text: pathlib would take longer than the disk
    return tuple(
        _stamp(f"{root}{os.sep}{name}") for name in SUMMARISED
    )


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino
