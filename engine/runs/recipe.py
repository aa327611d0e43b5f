"""What a run trains with, but for the seed: runs that agree in it are seeds of one recipe."""

import hashlib
import json
from contextlib import suppress
from functools import lru_cache
from typing import Any

from engine.config.config_drift import flat
from engine.config.differences import filled
from engine.config.idle_settings import BESIDE_THE_RECIPE, is_of_recipe
from engine.runs import files
from engine.runs.run_folder import RunFolder

KNOWN = 1000  # recipes that are not worked out again; seeds share one


def fingerprint(folder: RunFolder, config: dict[str, Any]) -> str | None:
    """The same for two runs only if they differ in nothing but the seed, changes while they ran included.

    None where it cannot be told.
    """
    try:
        written = {key: value for key, value in config.items() if key not in BESIDE_THE_RECIPE}
        recipe = _recipe(json.dumps(written, sort_keys=True, default=str))
        with suppress(FileNotFoundError):
            recipe += files.read_bytes(folder.edits_file)
    except (OSError, TypeError, ValueError, RecursionError):
        return None
    return hashlib.blake2b(recipe, digest_size=8).hexdigest()


@lru_cache(KNOWN)
def _recipe(written: str) -> bytes:
    """The settings that decide what is learnt, those that were left out or did not exist yet included."""
    settings = flat(filled(json.loads(written)))
    recipe = {name: value for name, value in settings.items() if is_of_recipe(name)}
    return json.dumps(recipe, sort_keys=True).encode(errors="replace")
