"""What the parts of a run did before an option of theirs was there.

A part's file says it in a constant BEFORE: an option, and what its value was while nobody could choose it. A run of
that time goes on as it began, whatever the default is today.
"""

from typing import Any

from engine import catalog

SECTIONS = {"attention": "attention"}  # of a config, with the kinds of their parts


def filled_in(config: dict[str, Any]) -> dict[str, Any]:
    """A run's whole config with the options that were not there yet when it was written."""
    return config | {name: _filled_in(config[name], kind) for name, kind in SECTIONS.items() if name in config}


def _filled_in(section: Any, kind: str) -> Any:
    if not isinstance(section, dict) or section.get("name") not in catalog.names(kind):
        return section
    before: dict[str, Any] = catalog.trait(kind, section["name"], "BEFORE", {})
    return before | section
