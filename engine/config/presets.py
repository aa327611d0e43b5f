"""Presets: small YAML files that hold only what differs from the defaults, and an `about` that says what to expect."""

from pathlib import Path
from typing import Any

from engine.config.yaml_files import read_mapping
from engine.messages.suggestion import near

HOUSE = Path(__file__).parents[2] / "presets"


def names(folder: Path = HOUSE) -> list[str]:
    """The names of all presets: paths below the folder without .yaml, the top level first."""
    found = [path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml")]
    return sorted(found, key=lambda name: (name.count("/"), name))


def read(name: str, folder: Path = HOUSE) -> tuple[dict, dict[str, Any]]:
    """The differences and the `about` of a preset, given by its name or as the path of a YAML file.

    Raises ValueError, with near names, if there is none.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"
    if name not in names(folder) and not (path.suffix in (".yaml", ".yml") and Path(name).is_file()):
        known = names(folder)
        raise ValueError(
            f"preset {name!r} is unknown{near(name, known)}; known: {', '.join(known)}, or the path of a YAML file"
        )
    differences = read_mapping(path)
    about = differences.pop("about", {})
    if isinstance(about, dict) and about.get("reference"):  # every run of it is drawn against what was published
        differences.setdefault("reference", about["reference"])
    return differences, about
