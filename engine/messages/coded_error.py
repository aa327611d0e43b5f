"""An error that every language can tell: a code and its values. Imports no torch."""

from typing import Any

from engine.messages.sentences import ERRORS


class CodedError(ValueError):
    """What is wrong with a file or a request; the text of the error is the English sentence."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(ERRORS[code].format(**values))
        self.code, self.values = code, values

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values}
