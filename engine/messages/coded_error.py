"""Errors that every language can tell: a code and its values. Imports no torch."""

from typing import Any

from engine.messages.sentences import ERRORS


class CodedError(ValueError):
    """What is wrong with a file or a request; the text of the error is the English sentence."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(ERRORS[code].format(**values))
        self.code, self.values = code, values

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values}


class NotFinite(FloatingPointError):
    """Numbers that became NaN or infinite. code: which of the `not_finite` endings names the cause."""

    def __init__(self, said: str, code: str = "not_finite", **values: Any) -> None:
        super().__init__(said)
        self.code, self.values = code, values
