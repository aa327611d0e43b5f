"""Faults of a config: each names its field, what was received and what is allowed; all are listed together."""

import dataclasses
import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.messages.coded_error import CodedError
from engine.messages.sentences import ERRORS, FAULTS
from engine.messages.suggestion import near

# pydantic's error types -> our codes
CODES = {
    "extra_forbidden": "unknown_setting",
    "int_type": "whole_number", "int_from_float": "whole_number", "float_type": "number",
    "finite_number": "finite", "string_type": "text", "bool_type": "yes_no", "list_type": "list",
    "dict_type": "mapping", "model_type": "mapping", "greater_than_equal": "at_least", "greater_than": "more_than",
    "less_than_equal": "at_most", "less_than": "less_than", "too_short": "too_few", "too_long": "too_many",
    "string_too_long": "too_long", "literal_error": "choice", "value_error": "rule",
}  # fmt: skip
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


@dataclasses.dataclass(frozen=True)
class Remark:
    """What is to be said of a field, wrong or not.

    field: dotted, as on the command line (`stages.0.epochs`); code and values say the sentence in any language.
    """

    field: str
    code: str
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def message(self) -> str:
        return _one_line((FAULTS | ERRORS)[self.code].format(**self.values))

    def as_dict(self) -> dict:
        return dataclasses.asdict(self) | {"message": self.message}

    def __str__(self) -> str:
        return f"{_one_line(self.field)}: {self.message}"


class Fault(Remark):
    """What is wrong with it: nothing starts before it is mended."""


def _one_line(text: str) -> str:
    """A setting may be called anything: no name begins a line of its own in a log, or commands a terminal."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def fault_of(error: ValueError, field: str) -> Fault:
    """What was raised as the fault of a field, with its code where it has one."""
    if isinstance(error, CodedError):
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
