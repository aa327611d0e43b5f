"""Faults name their field, what was received and what is allowed."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.messages.coded_error import CodedError
from engine.messages.faults import Fault, fault_of, faults_of


class Example(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    size: int = Field(1, ge=1, le=9)


def told(**values: object) -> list[str]:
    try:
        Example(**values)
    except ValidationError as error:
        return [str(fault) for fault in faults_of(error, ["size"], "part")]
    return []


def test_pydantics_errors_become_sentences_with_field_input_and_limit():
    assert told(size=10) == ["part.size: must be at most 9, not 10"]
    assert told(size="1") == ["part.size: must be a whole number, not '1'"]
    assert told(sise=1) == ["part.sise: sise is unknown; did you mean 'size'?; known here: size"]
    assert told(size=2) == []


def test_what_was_raised_keeps_its_code_where_it_has_one():
    assert fault_of(CodedError("upload_empty"), "weights").code == "upload_empty"
    assert fault_of(ValueError("no"), "model") == Fault("model", "part", {"reason": "no"})
    assert Fault("epochs", "at_least", {"limit": 2, "input": 1}).as_dict()["message"] == "must be at least 2, not 1"
