"""Overrides as they stand on the command line: `optimizer.learning_rate=0.2`, `model=resnet`, `stages.0.epochs=5`."""

import copy
import math
from typing import Any

import yaml

from engine.config.yaml_files import parse


def apply(differences: dict, overrides: list[str]) -> dict:
    """A copy of `differences` with every `dotted.key=value` put in. Raises ValueError naming the override at fault."""
    result = copy.deepcopy(differences)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise ValueError(
                f"{override!r} is not an override; write setting=value, such as optimizer.learning_rate=0.1"
            )
        try:
            _put(result, key.split("."), parse(text, f"the value of {key}") if text else "")
        except ValueError as error:
            raise ValueError(f"override {override!r}: {error}") from error
    return result


def _put(place: Any, keys: list[str], value: Any) -> None:
    *way, last = keys
    for key, following in zip(way, keys[1:], strict=True):
        if isinstance(place, list):
            index = _index(place, key)
            if isinstance(place[index], str):
                place[index] = {"name": place[index]}  # `- mixup` is short for `- {name: mixup}`
            place = place[index]
            continue
        if isinstance(place.get(key), str):
            place[key] = {"name": place[key]}  # `model: resnet` is short for `model: {name: resnet}`
        place = place.setdefault(key, [] if following.isdigit() else {})
        if not isinstance(place, dict | list):
            raise ValueError(f"{key} is a single value and has no settings")
    if isinstance(place, list):
        index = _index(place, last)
        place[index] = value
    elif last in ("data", "model", "attention", "objective", "optimizer", "schedule") and isinstance(value, str):
        place[last] = {"name": value}
    else:
        place[last] = value


def _index(place: list, key: str) -> int:
    if key.isdigit() and int(key) <= len(place) and int(key) < 100:
        if int(key) == len(place):
            place.append({})
        return int(key)
    raise ValueError(f"{key!r} is not an index into a list of {len(place)}; indices count from 0")


def as_words(changes: dict, prefix: str = "") -> list[str]:
    """The overrides that make `changes` out of the defaults, for a command line to copy."""
    words = []
    for key, value in changes.items():
        dotted = f"{prefix}{key}"
        if isinstance(value, dict) and key != "learning_rate":
            words += as_words(value, dotted + ".")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                words += as_words(item, f"{dotted}.{index}.")
        else:
            words.append(f"{dotted}={_inline(value)}")
    return words


def _inline(value: Any, inside: bool = False) -> str:
    """A value as `apply` reads it; inside: within a list or mapping, where commas and brackets mean something."""
    if isinstance(value, str):
        return value if _is_plain(value) and not (inside and set(value) & set(",[]{}")) else _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item, inside=True) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inline(item, inside=True)}" for key, item in value.items()) + "}"
    return repr(value)


def _is_plain(text: str) -> bool:
    """Whether a text means itself where it stands after `=`, and is not taken for a number, a mapping, a comment ..."""
    try:
        return parse(text) == text
    except ValueError:
        return False


def _quoted(text: str) -> str:
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=math.inf).strip()
