"""Why a training ended before its plan did: what went wrong, where, and what to do next, in a sentence or two."""

import errno
from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.messages import coded_error

KEPT = "the last checkpoint is kept"
# Sentences by code; the page has the same codes in other languages under `ending.CODE`.
SENTENCES = {
    "not_finite": "{said}, {where}. The update was not made. Lower the learning rate, or set gradient_clip to 1.",
    "memory": f"Out of memory {{where}}. Choose a smaller batch_size or model; {KEPT}.",
    "shared_memory": "Shared memory is full {where}: /dev/shm is too small for the processes that read images. Make it "
    f"larger (docker run --shm-size=2g), or set data.storage to memory; {KEPT}.",
    "reader_killed": "A process that reads images was killed {where}, mostly by the system for want of memory. Close "
    f"other programs or choose a smaller batch_size, then press Resume; {KEPT}.",
    "driver": "The graphics driver and PyTorch do not fit each other {where}. Update the driver, or set device to cpu.",
    "card_stopped": "The graphics card stopped working {where}. If nvidia-smi does not show it, restart the machine or "
    f"set device to cpu in a new run; else press Resume. In any case {KEPT}.",
    "no_card": "There is no graphics card that can be used {where}. Set device to cpu.",
    "disk_full": f"The disk is full {{where}}. Free some space, then press Resume; {KEPT}.",
    "file": "{file}: {said} {where}. Put it right, then press Resume.",
    "disk": "The disk: {said} {where}. Put it right, then press Resume.",
    "unforeseen": "{kind} {where}: {said}. The log has the details.",
    "said": "{said}",
}
WHERE = {"epoch": "in epoch {epoch} (stage {stage})", "before": "before the first step"}
# What torch says in any RuntimeError; the more exact words first.
RUNTIME_WORDS = (
    ("shared memory", "shared_memory"),
    ("DataLoader worker", "reader_killed"),
    ("driver", "driver"),
    ("CUDA error", "card_stopped"),
    ("No CUDA GPUs", "no_card"),
)


class Ending(NamedTuple):
    """code and values say the sentence in any language; values: epoch and stage (0: before the first step), said ..."""

    code: str
    values: dict[str, Any]

    @property
    def message(self) -> str:
        where = WHERE["epoch" if self.values["epoch"] else "before"].format(**self.values)
        return (SENTENCES | coded_error.SENTENCES)[self.code].format(where=where, **self.values)


def explain(error: Exception, status: dict) -> Ending:
    """Why a run with this status failed."""
    said = str(error)
    values = {"epoch": status.get("epoch") or 0, "stage": (status.get("stage") or 0) + 1, "said": said}
    if isinstance(error, FloatingPointError):
        return Ending("not_finite", values)
    if isinstance(error, MemoryError) or any(words in said for words in ("out of memory", "not enough memory")):
        return Ending("memory", values)
    if isinstance(error, RuntimeError):
        for words, code in RUNTIME_WORDS:
            if words in said:
                return Ending(code, values)
    if isinstance(error, ConnectionError | EOFError) and values["epoch"]:  # a reader died while it handed images over
        return Ending("reader_killed", values)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Ending("disk_full", values)
    if isinstance(error, OSError):
        values |= {"said": error.strerror or said, "file": str(error.filename)}
        return Ending("file" if error.filename else "disk", values)
    if isinstance(error, coded_error.Told):
        return Ending(error.code, values | error.values)
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
    return f"The {what} of {name}, in which {', '.join(trained)} train, failed: {why}. Nothing was trained yet.{hint}"
