"""One's own presets: presets/own/NAME.yaml, written by the page and removed by it."""

import re
import unicodedata
from pathlib import Path
from typing import Any

from engine.config import yaml_files
from engine.runs import files

FOLDER = "own"
LONGEST = 60
# Names that Windows keeps for devices, whatever stands behind the dot.
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def file_name(title: str) -> str:
    """The name of a preset's file, from what somebody calls it: letters and digits of any script, `-` and `_`.

    Raises ValueError if nothing of it can stand in a file name.
    """
    words = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", title.strip())).strip("_-")[:LONGEST]
    if not words:
        raise ValueError(f"{title!r} has no letter or digit for a file name")
    return f"{words}_" if words.lower() in RESERVED else words


def save(presets: Path, title: str, changes: dict[str, Any], overwrite: bool = False) -> str:
    """Write a preset of one's own; its name. Raises FileExistsError if it exists and may not be overwritten."""
    name = file_name(title)
    path = presets / FOLDER / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not overwrite:
        raise FileExistsError(name)
    files.replace_text(path, yaml_files.dump({"about": {"title": title.strip()}, **changes}))
    return f"{FOLDER}/{name}"


def delete(presets: Path, name: str) -> None:
    """Remove a preset of one's own. Raises ValueError if it is none."""
    folder, _, word = name.partition("/")
    path = presets / FOLDER / f"{word}.yaml"
    if folder != FOLDER or "/" in word or "\\" in word or word in ("", ".", "..") or not path.is_file():
        raise ValueError(f"{name!r} is not one of your presets")
    path.unlink()
