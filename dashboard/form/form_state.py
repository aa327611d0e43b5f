"""The unsaved form as plain data: what every field holds. It is made of a config, and becomes changes again.

It looks like a config: sections with a name and the raw values of their options, `stages` and `augmentations` with an
`id` each, and single settings. A value that is missing is the default. `epochs` stands beside the stages only while
somebody types a new total.
"""

from collections.abc import Callable
from typing import Any

from dashboard.form import ready_plans
from dashboard.form.settings import Setting, settings
from engine import catalog
from engine.config.differences import resolve
from engine.config.run_config import DEFAULT_PARTS, SECTIONS, STAGE_SECTIONS, RunConfig
from engine.config.stage import Stage
from engine.messages.faults import Fault

LISTS = ("augmentations", "stages", "edits")


def part_settings(kind: str, name: str, path: str) -> list[Setting]:
    """The settings of one part; path: its section, such as `optimizer` or `augmentations.0`."""
    return list(settings(catalog.options(kind, name), path, f"{kind}.{name}"))


def run_settings() -> dict[str, Setting]:
    """The settings of a run that belong to no part, by name."""
    return {s.name: s for s in settings(RunConfig, "", "run") if s.name not in (*SECTIONS, *LISTS)}


def stage_settings(index: int) -> dict[str, Setting]:
    """The settings of a stage that belong to no part, by name."""
    return {s.name: s for s in settings(Stage, f"stages.{index}", "stage") if s.name not in STAGE_SECTIONS}


def blank() -> dict[str, Any]:
    """A form in which everything stands at its default."""
    return form_of(resolve({}))


def form_of(config: RunConfig) -> dict[str, Any]:
    """The form that shows a config."""
    values = config.model_dump()
    form: dict[str, Any] = {name: setting.to_raw(values[name]) for name, setting in run_settings().items()}
    for section, kind in SECTIONS.items():
        form[section] = _raw_part(kind, values[section])
    form["augmentations"] = [
        {"id": number} | _raw_part("augmentations", section) for number, section in enumerate(values["augmentations"])
    ]
    form["stages"] = [{"id": number} | _raw_stage(stage) for number, stage in enumerate(values["stages"])]
    form["edits"] = [{"id": number} | edit for number, edit in enumerate(values["edits"])]
    return form


def changes_of(form: dict[str, Any]) -> dict[str, Any]:
    """The differences from the defaults; a value that cannot be read is handed on for the check to name."""
    known = run_settings()
    config = {name: setting.from_raw(form[name]) for name, setting in known.items() if name in form}
    for section, kind in SECTIONS.items():
        config[section] = _part_value(kind, form.get(section) or {"name": DEFAULT_PARTS[section]})
    config["augmentations"] = [_part_value("augmentations", item) for item in form.get("augmentations", [])]
    config["stages"] = [_stage_value(stage) for stage in form.get("stages", [])]
    config["edits"] = [{key: value for key, value in edit.items() if key != "id"} for edit in form.get("edits", [])]
    total = form.get("epochs")
    if isinstance(total, int) and total >= len(config["stages"]):
        for stage, epochs in zip(
            config["stages"], ready_plans.spread(ready_plans.lengths(form["stages"]), total), strict=True
        ):
            stage["epochs"] = epochs
    return config


def total_faults(form: dict[str, Any]) -> list[Fault]:
    """What is wrong with a total of epochs that is being typed."""
    if "epochs" not in form:
        return []
    total, least = form["epochs"], len(form["stages"])
    if not isinstance(total, int) or isinstance(total, bool):
        return [Fault("epochs", "whole_number", {"input": total})]
    return [Fault("epochs", "at_least", {"limit": least, "input": total})] if total < least else []


def changed(form: dict[str, Any]) -> list[str]:
    """The dotted path of every field that does not stand at its default."""
    paths = _changed(run_settings().values(), form)
    for section, kind in SECTIONS.items():
        part = form.get(section) or {}
        name = part.get("name", DEFAULT_PARTS[section])
        paths += [f"{section}.name"] if name != DEFAULT_PARTS[section] else []
        paths += _changed(part_settings(kind, name, section), part)
    for index, item in enumerate(form.get("augmentations", [])):
        path = f"augmentations.{index}"
        paths += [path, *_changed(part_settings("augmentations", item["name"], path), item)]
    for index, stage in enumerate(form.get("stages", [])):
        different = _changed(stage_settings(index).values(), stage | {"train": _train_value(stage)})
        different += [f"stages.{index}.{key}.name" for key in STAGE_SECTIONS if stage.get(key)]
        paths += [f"stages.{index}"] if index and not different else different
    return paths + [f"edits.{index}" for index in range(len(form.get("edits", [])))]


def model_parts(form: dict[str, Any]) -> list[str]:
    """The parts of the model that the form describes: as the engine found them, else by convention."""
    if form.get("parts"):
        return [str(part) for part in form["parts"]]
    model = form.get("model") or {"name": DEFAULT_PARTS["model"]}
    options = {s.name: s.default for s in part_settings("models", model["name"], "")}
    attention = (form.get("attention") or {}).get("name", DEFAULT_PARTS["attention"])
    return ready_plans.parts_of(options | model, attention)


def plan(form: dict[str, Any]) -> str:
    """The name of the freeze plan that the form's stages follow."""
    return ready_plans.name_of(form["stages"], model_parts(form))


def is_readable(form: Any) -> bool:
    """Whether a form kept by the browser still fits this version: its parts exist, its lists hold items with an id."""
    if not isinstance(form, dict):
        return False
    try:
        changed(form)
        changes_of(form)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    items = [item for name in LISTS for item in form.get(name, [])]
    return bool(form.get("stages")) and all(type(item.get("id")) is int for item in items)


def _changed(fields: Any, raw: dict[str, Any]) -> list[str]:
    return [s.path for s in fields if s.name in raw and s.from_raw(raw[s.name]) != s.default]


def _raw_part(kind: str, section: dict[str, Any]) -> dict[str, Any]:
    fields = part_settings(kind, section["name"], "")
    return {"name": section["name"]} | {s.name: s.to_raw(section[s.name]) for s in fields}


def _part_value(kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Callable[[Any], Any]] = {
        s.name: s.from_raw for s in part_settings(kind, raw["name"], "")
    }  # fmt: skip
    return {"name": raw["name"]} | {name: known[name](value) for name, value in raw.items() if name in known}


def _raw_stage(stage: dict[str, Any]) -> dict[str, Any]:
    raw: dict[str, Any] = {name: setting.to_raw(stage[name]) for name, setting in stage_settings(0).items()}
    raw["train"] = [stage["train"]] if isinstance(stage["train"], str) else stage["train"]
    for key, kind in STAGE_SECTIONS.items():
        raw[key] = _raw_part(kind, stage[key]) if stage[key] else None
    return raw


def _stage_value(raw: dict[str, Any]) -> dict[str, Any]:
    value = {name: setting.from_raw(raw[name]) for name, setting in stage_settings(0).items() if name in raw}
    value["train"] = _train_value(raw)
    for key, kind in STAGE_SECTIONS.items():
        if raw.get(key):
            value[key] = _part_value(kind, raw[key])
    return value


def _train_value(raw: dict[str, Any]) -> Any:
    """The list of parts that a multi-select holds; `all` among them means all."""
    train = raw.get("train", ["all"])
    return "all" if "all" in train else train
