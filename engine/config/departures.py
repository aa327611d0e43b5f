"""Where Thaw departs from the published recipe that a preset stands for, in sentences that presets share."""

from functools import cache
from pathlib import Path
from typing import Any

from engine.config.yaml_files import read_mapping

FILE = Path(__file__).with_suffix(".yaml")


@cache
def known() -> dict[str, dict[str, str]]:
    """Every sentence by its key and language."""
    return read_mapping(FILE)


def sentences(about: dict[str, Any], language: str) -> list[str]:
    """Those that the `about` of a preset names; none for a preset that stands for nothing published."""
    keys = about.get("departures")
    found = known()
    return [found[key][language] for key in (keys if isinstance(keys, list) else []) if key in found]
