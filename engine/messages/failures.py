"""Why a training ended before its plan did: what went wrong, where, and what to do next, in a sentence or two."""

import errno
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.messages.coded_error import CodedError
from engine.messages.sentences import ENDINGS, ERRORS

# What torch says in any RuntimeError; the more exact words first.
RUNTIME_WORDS = (
    ("shared memory", "shared_memory"),
    ("DataLoader worker", "reader_killed"),
    ("driver", "driver"),
    ("CUDA error", "card_stopped"),
    ("No CUDA GPUs", "no_card"),
)


class Ending(NamedTuple):
    """code and values say the sentence in any language. Values: epoch (0: before the first step), stage, said ..."""

    code: str
    values: dict[str, Any]

    @property
    def message(self) -> str:
        place = "where.epoch" if self.values.get("epoch") else "where.before"
        return (ENDINGS | ERRORS)[self.code].format(where=ENDINGS[place].format(**self.values), **self.values)


def explain(error: Exception, status: dict) -> Ending:
    """Why a run with this status failed."""
    said = str(error)
    values = {"epoch": status.get("epoch") or 0, "stage": (status.get("stage") or 0) + 1, "said": said}
    if isinstance(error, FloatingPointError):
        return Ending(getattr(error, "code", "not_finite"), values | getattr(error, "values", {}))
    if isinstance(error, MemoryError) or any(words in said for words in ("out of memory", "not enough memory")):
        return Ending("memory", values)
    if isinstance(error, RuntimeError):
        for words, code in RUNTIME_WORDS:
            if words in said:
                return Ending(code, values)
    if isinstance(error, ConnectionError | EOFError) and values["epoch"]:  # a reader died while it handed images over
        return Ending("reader_killed", values)
    if isinstance(error, CodedError):
        return Ending(error.code, values | error.values)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Ending("disk_full", values)
    if isinstance(error, OSError):
        values |= {"said": error.strerror or said, "file": str(error.filename)}
        return Ending("file" if error.filename else "disk", values)
    if isinstance(error, ValueError):
        return Ending("said", values)
    first = said.splitlines()[0] if said else "no reason given"
    return Ending("unforeseen", values | {"said": first, "kind": type(error).__name__})


def trial_failed(what: str, titles: list[str], number: int, trained: Iterable[str], error: Exception) -> str:
    """Why a stage (from 0) that was tried out before the training failed, and what to do. titles: of all stages."""
    name = f"stage {number + 1} of {len(titles)}" + (f" ({titles[number]})" if titles[number] else "")
    is_short = explain(error, {}).code == "memory"
    why = "memory ran out" if is_short else f"{type(error).__name__}: {error}"
    hint = " Choose a smaller batch_size or more subdivisions, or thaw fewer parts." if is_short else ""
    return (
        f"The {what} of {name}, which trains {', '.join(trained)}, failed: {why}. Nothing has been trained yet.{hint}"
    )
