"""What somebody who misspelt a name may have meant."""

import difflib
from collections.abc import Iterable

from engine.messages.sentences import FAULTS


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'adamw'?`, or nothing if no known name is close."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.5)
    return FAULTS["near"].format(word=close[0]) if close else ""
