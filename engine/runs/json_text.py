"""JSON out of files in which anything may stand: what is read can be held, searched and sent on as it is."""

import json
from typing import Any

DEEPEST = 40  # levels of lists and tables; what Thaw writes has fewer than ten
HALF_CHARACTERS = (r"\ud", r"\uD")


def parse(raw: bytes | str) -> Any:
    """The value; NaN and infinity are None, halves of characters are �.

    Raises ValueError if it is not JSON, or is nested more deeply than anything that is written by Thaw.
    """
    text = raw.decode() if isinstance(raw, bytes) else raw
    try:
        value = json.loads(text, parse_constant=lambda word: None)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise ValueError("nested too deeply")
    return _mended(value) if any(half in text for half in HALF_CHARACTERS) else value


def _is_deeper(value: dict | list, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not levels or any(_is_deeper(one, levels - 1) for one in inside if isinstance(one, dict | list))


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(one) for key, one in value.items()}
    return value
