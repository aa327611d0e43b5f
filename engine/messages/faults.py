"""Faults of a config: each names its field, what was received and what is allowed; all are listed together."""

import dataclasses
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.messages import coded_error
from engine.messages.suggestion import near

# Sentences by code; the page has the same codes in other languages under `fault.CODE`.
SENTENCES = {
    "unknown_setting": "{name} is unknown{near}; known here: {known}",
    "part": "{reason}",
    "rule": "{reason}",
    "whole_number": "must be a whole number, not {input}",
    "number": "must be a number, not {input}",
    "finite": "must be a finite number, not {input}",
    "text": "must be text, not {input}",
    "yes_no": "must be true or false, not {input}",
    "list": "must be a list, not {input}",
    "mapping": "must be a mapping of settings (name: value), not {input}",
    "at_least": "must be at least {limit}, not {input}",
    "more_than": "must be more than {limit}, not {input}",
    "at_most": "must be at most {limit}, not {input}",
    "less_than": "must be less than {limit}, not {input}",
    "too_few": "needs at least {limit} entries, has {count}",
    "too_many": "takes at most {limit} entries, has {count}",
    "too_long": "takes at most {limit} characters",
    "choice": "must be one of {expected}, not {input}{near}",
    "no_device": "there is no {device} here; there is: {known}",
    "folder_unnamed": "name the folder that holds one folder of images for each class",
    "folder_absent": "there is no folder {path}",
    "folder_unreadable": "{path} cannot be read: {said}",
    "folder_no_class": "{where}no class folder was found; each class needs a folder of its own, and there must be two "
    "or more",
    "folder_one_class": "{where}only one class, {name!r}, was found; each class needs a folder of its own, and there "
    "must be two or more",
    "folder_no_image": "{where}class {name!r} has no images; at least {limit} needed",
    "folder_one_image": "{where}class {name!r} has 1 image; at least {limit} needed",
    "folder_only_train": "class {name!r} is in train/ only",
    "folder_not_train": "class {name!r} is not in train/",
    "folder_more": "and {count} more",
    "unknown_part": "part {name!r} does not exist in this model{near}; its parts: {known}",
    "nothing_trains": "stage {stage} trains nothing: name at least one part",
    "random_frozen": "stage {stage} freezes {parts}, which is random: it was not loaded and has not trained. "
    "Train it first, load weights, or set allow_random_frozen: true if you mean it",
}

# pydantic's error types -> our codes
CODES = {
    "extra_forbidden": "unknown_setting",
    "int_type": "whole_number", "int_from_float": "whole_number", "float_type": "number",
    "finite_number": "finite", "string_type": "text", "bool_type": "yes_no", "list_type": "list",
    "dict_type": "mapping", "model_type": "mapping", "greater_than_equal": "at_least", "greater_than": "more_than",
    "less_than_equal": "at_most", "less_than": "less_than", "too_short": "too_few", "too_long": "too_many",
    "string_too_long": "too_long", "literal_error": "choice", "value_error": "rule",
}  # fmt: skip
LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


@dataclasses.dataclass(frozen=True)
class Fault:
    """field: dotted, as on the command line (`stages.0.epochs`); code and values say the sentence in any language."""

    field: str
    code: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        return (SENTENCES | coded_error.SENTENCES)[self.code].format(**self.values)

    def as_dict(self) -> dict:
        return dataclasses.asdict(self) | {"message": self.message}

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def fault_of(error: ValueError, field: str) -> Fault:
    """What was raised as the fault of a field, with its code where it has one."""
    if isinstance(error, coded_error.Told):
        return Fault(field, error.code, error.values)
    return Fault(field, "part", {"reason": str(error)})


def faults_of(error: ValidationError, known: list[str], prefix: str = "") -> list[Fault]:
    """The faults of one pydantic check. known: the settings that exist there, for near names."""
    return [_fault(detail, known, prefix) for detail in error.errors(include_url=False)]


def _fault(detail: ErrorDetails, known: list[str], prefix: str) -> Fault:
    place = ".".join([prefix, *map(str, detail["loc"])] if prefix else map(str, detail["loc"]))
    code = CODES.get(detail["type"], "rule")
    context = detail.get("ctx", {})
    values: dict[str, Any] = {"input": _shown(detail["input"])}
    if code == "unknown_setting":
        name = str(detail["loc"][-1])
        values = {"name": name, "near": near(name, known), "known": ", ".join(known)}
    elif code == "choice":
        choices = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        values |= {"expected": ", ".join(choices), "near": near(str(detail["input"]), choices)}
    elif code == "rule":
        values = {"reason": str(context.get("error", detail["msg"]))}
    for key in LIMITS:
        if key in context:
            values["limit"] = context[key]
    if "actual_length" in context:
        values["count"] = context["actual_length"]
    return Fault(place or "config", code, values)


def _shown(value: Any) -> str:
    shown = repr(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
