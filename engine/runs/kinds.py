"""What a value out of a file may be. Anything may stand in a file, so whoever reads one asks before relying on it."""

import math
from collections.abc import Callable
from typing import Any

Kind = Callable[[Any], bool]
LARGEST_NUMBER = 2**53  # beyond it JSON's readers lose the last digits
LONGEST_TEXT = 20_000  # characters


def is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST_NUMBER if isinstance(value, int) else math.isfinite(value)


def is_whole(value: Any) -> bool:
    return is_number(value) and isinstance(value, int)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def is_table(value: Any) -> bool:
    return isinstance(value, dict)


def list_of(kind: Kind) -> Kind:
    return lambda value: isinstance(value, list) and all(map(kind, value))


def either(*kinds: Kind) -> Kind:
    return lambda value: any(kind(value) for kind in kinds)


def table_of(**fields: Kind) -> Kind:
    """A table in which each of these fields, if it is there and not null, is of its kind; others may be anything."""
    return lambda value: isinstance(value, dict) and odd_field(value, fields) is None


def numbers_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(one is None or is_number(one) for one in value.values())


def odd_field(table: dict, fields: dict[str, Kind]) -> str | None:
    """The name of a field that holds what cannot stand there, or None."""
    return next((name for name, kind in fields.items() if not _fits(table.get(name), kind)), None)


def narrowed(table: dict, fields: dict[str, Kind]) -> dict:
    """The table without those of the fields that are null or hold what cannot stand there."""
    return {name: value for name, value in table.items() if name not in fields or fields[name](value)}


def _fits(value: Any, kind: Kind) -> bool:
    return value is None or kind(value)
