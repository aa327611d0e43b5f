"""A config written as differences from the defaults: `check` and `resolve` fill it in, `changes` is the way back."""

import copy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine import catalog
from engine.config.conflicts import conflicts
from engine.config.run_config import DEFAULT_PARTS, SECTIONS, STAGE_SECTIONS, RunConfig
from engine.config.stage import Stage
from engine.messages.faults import Fault, faults_of
from engine.messages.suggestion import near

SETTINGS = list(RunConfig.model_fields)


def check(differences: dict, house: Path = catalog.HOUSE) -> tuple[RunConfig | None, list[Fault]]:
    """The resolved config, or every fault of schema and parts at once. Needs no torch and no data."""
    resolved = copy.deepcopy(differences)
    faults: list[Fault] = []
    for key, kind in SECTIONS.items():
        resolved[key] = _section(resolved.get(key, {}), kind, key, DEFAULT_PARTS[key], faults, house)
    resolved["augmentations"] = _augmentations(resolved.get("augmentations", []), faults, house)
    for index, stage in enumerate(_list(resolved.get("stages"))):
        for key, kind in STAGE_SECTIONS.items():
            if isinstance(stage, dict) and stage.get(key) is not None:
                default = resolved[key].get("name", DEFAULT_PARTS[key])
                stage[key] = _section(stage[key], kind, f"stages.{index}.{key}", default, faults, house)
    try:
        config = RunConfig.model_validate(resolved)
    except ValidationError as error:
        return None, faults + [fault for detail in faults_of(error, SETTINGS) for fault in [_with_stage_names(detail)]]
    faults = faults or conflicts(config)
    return (None, faults) if faults else (config, [])


def _with_stage_names(fault: Fault) -> Fault:
    """Near names for a misspelt setting of a stage come from the stage, not from the whole config."""
    if fault.code != "unknown_setting" or not fault.field.startswith("stages."):
        return fault
    known, name = list(Stage.model_fields), fault.values["name"]
    return Fault(fault.field, fault.code, {"name": name, "near": near(name, known), "known": ", ".join(known)})


def _list(value: Any) -> list:
    return value if isinstance(value, list) else []


def _section(value: Any, kind: str, field: str, default: str, faults: list[Fault], house: Path) -> dict:
    """One section with every option filled in; its faults are added to `faults`."""
    value = {"name": value} if isinstance(value, str) else value
    if not isinstance(value, dict):
        faults.append(Fault(field, "mapping", {"input": str(value)[:60]}))
        return {"name": default}
    name = value.get("name", default)
    try:
        part = catalog.options(kind, str(name), house)
    except ValueError as error:
        faults.append(Fault(f"{field}.name", "part", {"reason": str(error)}))
        return {"name": default}
    rest = {key: option for key, option in value.items() if key != "name"}
    try:
        return {"name": name} | part.model_validate(rest).model_dump()
    except ValidationError as error:
        faults.extend(faults_of(error, list(part.model_fields), field))
        return {"name": name}


def _augmentations(value: Any, faults: list[Fault], house: Path) -> Any:
    if not isinstance(value, list):
        return value
    sections = []
    for index, item in enumerate(value):
        field = f"augmentations.{index}"
        if isinstance(item, dict) and "name" not in item:
            faults.append(Fault(field, "rule", {"reason": "an augmentation needs a name, such as `name: random_crop`"}))
        else:
            sections.append(_section(item, "augmentations", field, "random_crop", faults, house))
    return sections


def resolve(differences: dict, house: Path = catalog.HOUSE) -> RunConfig:
    """The resolved config. Raises ValueError that lists every fault."""
    config, faults = check(differences, house)
    if config is None:
        raise ValueError("\n".join(map(str, faults)))
    return config


def filled(settings: dict) -> dict:
    """With the defaults of what was left out, or did not exist yet; as it is where it is not understood."""
    config, _ = check(settings)
    return settings if config is None else config.model_dump()


def changes(config: RunConfig, house: Path = catalog.HOUSE) -> dict:
    """Only what differs from the defaults: `check` makes the same config of it."""
    defaults = resolve({}, house).model_dump()
    result = {}
    for key, value in config.model_dump().items():
        difference: Any = value if value != defaults[key] else None
        if key in SECTIONS:
            difference = _section_changes(value, SECTIONS[key], DEFAULT_PARTS[key], house)
        elif key == "augmentations":
            difference = [_section_changes(item, key, "", house) for item in value]
        elif key == "stages" and difference:
            difference = [_stage_changes(stage, house) for stage in value]
        if difference not in (None, {}, []):
            result[key] = difference
    return result


def _section_changes(section: dict, kind: str, default: str, house: Path) -> dict:
    blank = catalog.options(kind, section["name"], house)().model_dump()
    different = {key: value for key, value in section.items() if key != "name" and value != blank[key]}
    return different if section["name"] == default else {"name": section["name"]} | different


def _stage_changes(stage: dict, house: Path) -> dict:
    blank = Stage().model_dump()
    different = {key: value for key, value in stage.items() if value != blank[key]}
    for key, kind in STAGE_SECTIONS.items():
        if key in different:
            different[key] = _section_changes(different[key], kind, "", house)
    return different or {"epochs": stage["epochs"]}
