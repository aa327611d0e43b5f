"""Published figures and logs to compare a run with, each with its source, its hardware and its number of runs.

They hold for the code they come from, not for this one: data to compare with, not targets.
"""

from functools import cache
from pathlib import Path
from typing import Any

from engine.config.yaml_files import read_mapping
from engine.messages.suggestion import near

FILE = Path(__file__).with_name("published_figures.yaml")


@cache
def published() -> dict[str, dict[str, Any]]:
    """Every row by its id. A final figure has test_error; a log has epochs, rows under the names of a run's own."""
    content = read_mapping(FILE)
    sources = content["sources"]
    rows = {row["id"]: row for row in content["figures"]}
    rows |= {name: {"id": name, **log["about"], "epochs": log["epochs"]} for name, log in content["logs"].items()}
    return {name: row | {"source": sources[row["source"]]} for name, row in rows.items()}


def find(ids: list[str]) -> list[dict[str, Any]]:
    """The rows with these ids, in this order. Raises ValueError, with near names, if there is none of that name."""
    known = published()
    for name in ids:
        if name not in known:
            raise ValueError(f"published figure {name!r} is unknown{near(name, list(known))}")
    return [known[name] for name in ids]
