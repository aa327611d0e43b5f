"""Options as form fields: which component shows a setting, and how its value goes into the form and comes out again.

A raw value is what a component holds: a number, a text, true or false, a choice, or a list of words.
"""

import json
import math
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

import gradio as gr
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dashboard.form.field_texts import FieldTexts
from dashboard.form.gradio_internals import field_id
from engine.config.yaml_files import parse

NOTHING = ""  # the raw value of None among choices


@dataclass(frozen=True)
class Setting:
    """One setting of a form. path: dotted, as on the command line; key: where its texts stand."""

    path: str
    key: str
    info: FieldInfo

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def types(self) -> list[Any]:
        """The alternatives of its annotation, other than None."""
        return [kind for kind in _alternatives(self.info.annotation) if kind is not type(None)]

    @property
    def optional(self) -> bool:
        return type(None) in _alternatives(self.info.annotation)

    @property
    def shape(self) -> Literal["choice", "switch", "number", "text", "words", "values"]:
        """What kind of component it needs; `values` is text that is read as YAML."""
        match self.types:
            case [kind] if get_origin(kind) is Literal:
                return "choice"
            case [kind] if kind is bool:
                return "switch"
            case [kind] if kind in (int, float):
                return "number"
            case [kind] if kind is str:
                return "text"
            case [kind] if get_origin(kind) is list and get_args(kind) == (str,):
                return "words"
        return "values"

    @property
    def choices(self) -> list[Any]:
        return [value for kind in self.types for value in get_args(kind)]

    @property
    def default(self) -> Any:
        return self.info.get_default(call_default_factory=True)

    @property
    def unit(self) -> str:
        extra = self.info.json_schema_extra
        return str(extra.get("unit", "")) if isinstance(extra, dict) else ""

    def bound(self, *names: str) -> float | None:
        """The first of these bounds (ge, gt, le, lt) that the setting has."""
        found = [getattr(item, name) for name in names for item in self.info.metadata if hasattr(item, name)]
        return found[0] if found else None

    def to_raw(self, value: Any) -> Any:
        """What the component holds for a value of the config."""
        if self.shape == "values":
            return _as_text(value)
        if value is None:
            return None if self.shape == "number" else NOTHING
        return value

    def from_raw(self, raw: Any) -> Any:
        """The value of the config; what cannot be read is handed on as it is, for the check to name."""
        shape = self.shape
        if raw in (None, NOTHING) and self.optional:
            return None
        if raw in (None, NOTHING) and any(get_origin(kind) is dict for kind in self.types):
            return {}
        if shape == "values":
            return _as_value(raw, as_list=get_origin(self.info.annotation) is list)
        if shape == "number" and isinstance(raw, float) and raw.is_integer() and float not in self.types:
            return int(raw)
        return raw


def settings(options: type[BaseModel], path: str, key: str) -> Iterator[Setting]:
    """Every setting of an Options class. path, key: where they hang; both may be empty or end without a dot."""
    for name, info in options.model_fields.items():
        yield Setting(f"{path}.{name}" if path else name, f"{key}.{name}", info)


def component(setting: Setting, raw: Any, texts: FieldTexts, **properties: Any) -> gr.components.Component:
    """The Gradio component for a setting. No bounds are given to it: the check names them, Gradio would only refuse."""
    shared: dict[str, Any] = {
        "label": texts.label(setting.key, setting.unit),
        "info": texts.help(setting.key, setting.info.description or ""),
        "elem_id": field_id(setting.path),
        "interactive": True,
    } | properties
    match setting.shape:
        case "switch":
            return gr.Checkbox(bool(raw), **shared)
        case "choice":
            choices = [(texts.choice(setting.key, value), value) for value in setting.choices]
            if setting.optional:
                choices.insert(0, ("–", NOTHING))
            return gr.Dropdown(choices, value=raw, **shared)
        case "number" if _slides(setting, raw):
            return gr.Slider(0, 1, value=raw, step=0.01, buttons=[], **shared)
        case "number":
            return gr.Number(raw, step=_step(setting), **shared)
        case "words":
            shared["elem_classes"] = ["thaw-words"]
            return gr.Dropdown(list(raw), value=list(raw), multiselect=True, allow_custom_value=True, **shared)
    return gr.Textbox(raw, lines=1, max_lines=1, **shared)


def _slides(setting: Setting, raw: Any) -> bool:
    """A share that is set in hundredths: a slider shows it best. Where 1 itself is out, 0.999 may count: no slider."""
    if float not in setting.types or setting.optional or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        return False
    if setting.bound("ge") != 0 or setting.bound("le") != 1:
        return False
    return all(abs(value * 100 - round(value * 100)) < 1e-9 for value in (setting.default, raw))


def _step(setting: Setting) -> float:
    """What an arrow key adds: one to whole numbers, else a tenth of the default's size."""
    if float not in setting.types:
        return 1
    return 10.0 ** (math.floor(math.log10(abs(setting.default or 1))) - 1)


def _alternatives(annotation: Any) -> list[Any]:
    return list(get_args(annotation)) if get_origin(annotation) in (Union, types.UnionType) else [annotation]


def _as_text(value: Any) -> str:
    """A value as it is written inside one line: `0.5, 0.75` or `head: 0.1, layer4: 0.01`."""
    match value:
        case None:
            return ""
        case str():
            return value
        case dict():
            return ", ".join(f"{key}: {_as_text(item)}" for key, item in value.items())
        case list():
            return ", ".join(map(_as_text, value))
    return json.dumps(value)


def _as_value(text: Any, as_list: bool) -> Any:
    """What was written, or the text itself where it cannot be read."""
    if not isinstance(text, str):
        return text
    line = text.strip()
    if as_list:
        line = line if line.startswith("[") else f"[{line}]"
    elif ":" in line and not line.startswith("{"):
        line = f"{{{line}}}"
    try:
        return parse(line) if line else text
    except ValueError:
        return text
