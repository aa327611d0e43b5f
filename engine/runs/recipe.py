"""What a run trains with, but for the seed: runs that agree in it are seeds of one recipe."""

import hashlib
import json
from contextlib import suppress
from typing import Any

from engine.runs import files
from engine.runs.run_folder import RunFolder

BESIDE = ("label", "group", "seed", "seeds")  # settings that name a run or draw its random numbers


def fingerprint(folder: RunFolder, config: dict[str, Any]) -> str | None:
    """The same for two runs only if they differ in nothing but the seed, changes while they ran included.

    None where it cannot be told.
    """
    try:
        recipe = {key: value for key, value in config.items() if key not in BESIDE}
        text = json.dumps(recipe, sort_keys=True, default=str).encode(errors="replace")
        with suppress(FileNotFoundError):
            text += files.read_bytes(folder.edits_file)
    except (OSError, TypeError, ValueError, RecursionError):
        return None
    return hashlib.blake2b(text, digest_size=8).hexdigest()
