"""Every visible sentence of the page, by key: `text("zh", "run.state.paused", epoch=3)`.

A key is the path into en.yaml or zh.yaml, joined with dots; `{name}` in a sentence is filled from the values.
English for the engine's codes comes from the engine itself. What zh.yaml lacks is shown in English.
"""

import difflib
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

from engine.messages import sentences

Language = Literal["en", "zh"]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same values, several times as fast
LANGUAGES: tuple[Language, ...] = get_args(Language)


def text(language: str, key: str, **values: object) -> str:
    """Return one sentence with its values filled in. Values are inserted as they are: escape them for HTML first.

    Raises KeyError if no language has the key, or if the sentence names a value that was not given.
    """
    known = _catalogue(language)
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        raise KeyError(f"no text has the key '{key}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    try:
        return known[key].format_map(values)
    except KeyError as missing:
        raise KeyError(f"the text '{key}' needs a value for {missing}") from None


def catalogue(language: str) -> dict[str, str]:
    """Return all sentences of a language by dotted key, English where there is none; placeholders are not filled."""
    return dict(_catalogue(language))


def preferred(accept_language: str) -> str:
    """Return the language a browser likes best among ours, from its Accept-Language header; English if none."""
    weights = {"en": 0.0}
    for entry in accept_language.lower().split(","):
        tag, _, weight = entry.partition(";q=")
        language = tag.strip().partition("-")[0]
        if language in LANGUAGES:
            weights[language] = max(weights.get(language, 0.0), _number(weight, default=1.0))
    return max(weights, key=lambda language: weights[language])


@cache
def _catalogue(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise ValueError(f"language '{language}' is unknown; known: {', '.join(LANGUAGES)}")
    english = sentences.by_key() if language == "en" else _catalogue("en")
    path = Path(__file__).with_name(f"{language}.yaml")
    return {**english, **_flat(yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER))}


def _flat(tree: dict, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found.update(_flat(value, f"{prefix}{key}."))
        else:
            found[f"{prefix}{key}"] = value
    return found


def _number(characters: str, default: float) -> float:
    try:
        return float(characters)
    except ValueError:
        return default
