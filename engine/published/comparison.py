"""A run beside what was published of its recipe: the row that fits it best, and the settings in which they differ."""

from pathlib import Path
from typing import Any

from engine.config import overrides, presets, published_figures
from engine.config.differences import resolve
from engine.config.idle_settings import is_of_recipe
from engine.config.run_config import SECTIONS, RunConfig


def beside(config: RunConfig, folder: Path = presets.HOUSE) -> list[dict[str, Any]]:
    """The published rows that a run names, in order, each with `differs`: [{"field", "here", "there"}].

    A preset stands for a family of rows; of these the one is taken whose settings are nearest to the run's. differs is
    None where no preset in `folder` says with which settings the row was made.
    """
    return [_nearest(config, name, folder) for name in config.reference]


def _nearest(config: RunConfig, name: str, folder: Path) -> dict[str, Any]:
    recipes = _recipes(name, folder)
    if not recipes:
        return published_figures.find([name])[0] | {"differs": None}
    found = [(row, differences(config, recipe)) for row, recipe in recipes]
    row, differs = min(found, key=lambda pair: len(pair[1]))
    return published_figures.find([row])[0] | {"differs": differs}


def _recipes(name: str, folder: Path) -> list[tuple[str, RunConfig]]:
    """The rows that the id stands for, and the config of each: a whole family for the id that its preset leads with."""
    found: list[tuple[str, RunConfig]] = []
    for preset in presets.names(folder):
        if name not in (folder / f"{preset}.yaml").read_text(encoding="utf-8", errors="replace"):
            continue  # far cheaper than reading it as YAML
        try:
            settings, about = presets.read(preset, folder)
            leads = name in about.get("reference", [])
            rows: list[dict[str, Any]] = [{"reference": name, "change": []}] if leads else []
            rows += [row for row in about.get("rows", []) if leads or row["reference"] == name]
            found += [(row["reference"], resolve(overrides.apply(settings, row["change"]))) for row in rows]
        except (ValueError, AttributeError, KeyError, TypeError):  # somebody's own preset, damaged
            continue
    return found


def differences(config: RunConfig, recipe: RunConfig) -> list[dict[str, Any]]:
    """The settings that decide the result and are not the same: {"field", "here", "there"} with values in words."""
    ours, theirs = _flat(config), _flat(recipe)
    return [
        {"field": field, "here": _words(ours.get(field)), "there": _words(theirs.get(field))}
        for field in {**theirs, **ours}
        if is_of_recipe(field) and ours.get(field) != theirs.get(field)
    ]


def _flat(config: RunConfig) -> dict[str, Any]:
    """Dotted settings; those of an augmentation stand under its name, so that its place in the list does not count."""
    flat: dict[str, Any] = {}
    for key, value in config.model_dump().items():
        if key in SECTIONS:
            flat |= {key: value["name"]} | _options(key, value)
        elif key == "augmentations":
            flat[key] = [part["name"] for part in value]
            for part in value:
                flat |= _options(f"{key}.{part['name']}", part)
        elif key == "stages":
            for number, stage in enumerate(value):
                flat |= {f"{key}.{number}.{field}": one for field, one in stage.items()}
        else:
            flat[key] = value
    return flat


def _options(prefix: str, section: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}.{name}": value for name, value in section.items() if name != "name"}


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(_words, value))
        case dict():
            return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
    return str(value)
