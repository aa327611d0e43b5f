"""What a list of runs shows of each, and the stamp by which it knows that a run has changed."""

import os
from typing import Any, NamedTuple

from engine.runs import damage
from engine.runs.kinds import is_text, is_whole
from engine.runs.recipe import fingerprint
from engine.runs.run_folder import RunFolder

PARTS = ("data", "model", "attention", "optimizer", "objective")
SETTINGS = ("notes.json", "config.yaml", "changes.yaml", "trained_with.json", "edits.yaml")
OTHERS = ("status.json", "transition.json", "", "series", "system", "checkpoints", "maps")
OfFile = tuple[int, ...] | None


class Stamp(NamedTuple):
    """settings: of what a trainer at work leaves alone; others: of what it writes."""

    settings: tuple[OfFile, ...]
    others: tuple[OfFile, ...]


def summary(folder: RunFolder) -> dict[str, Any]:
    """What a list of runs shows of one: id, state, notes and figures; a damaged run is named, never an error."""
    found = {"id": folder.id, **folder.notes(), "damage": []}
    try:
        status = folder.status()
        found["damage"] = damage.of_folder(folder, status)
        config = folder.config()
        return found | {"status": status} | facts(config) | {"recipe": fingerprint(folder, config)}
    except (OSError, ValueError) as error:
        return found | {"status": {"state": "damaged", "reason": str(error)}}


def facts(config: dict) -> dict[str, Any]:
    """Of a config, in which anything may stand: parts, group and seed."""
    sections = {key: config[key] for key in PARTS if isinstance(config.get(key), dict)}
    names = {key: section.get("name") for key, section in sections.items()}
    group, seed = config.get("group"), config.get("seed")
    return {
        "parts": {key: name for key, name in names.items() if is_text(name)},
        "group": group if is_text(group) else None, "seed": seed if is_whole(seed) else None,
    }  # fmt: skip


def stamp(folder: RunFolder) -> Stamp:
    """Differs as soon as a file that the summary is made of was replaced, changed, added or removed."""
    root = str(folder.path)  # joined as text: pathlib would take longer than the disk
    return Stamp(*(tuple(_stamp(f"{root}{os.sep}{name}") for name in names) for names in (SETTINGS, OTHERS)))


def _stamp(path: str) -> OfFile:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino  # ctime: of permissions and names
