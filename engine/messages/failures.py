"""Why a training ended before its plan did: what went wrong, where, and what to do next, in a sentence or two."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.messages.causes import cause_of, file_of, in_short, memory_asked
from engine.messages.coded_error import CodedError
from engine.messages.sentences import ENDINGS, ERRORS, JOBS

OURS = __name__.partition(".")[0]


class Ending(NamedTuple):
    """code and values say the sentence in any language.

    Values: epoch (0: before the first step), stage, checkpoint (whether one is kept), said ...
    """

    code: str
    values: dict[str, Any]

    @property
    def message(self) -> str:
        place = "where.epoch" if self.values.get("epoch") else "where.before"
        around = {
            "where": ENDINGS[place].format(**self.values),
            "kept": ENDINGS["kept"] if self.values.get("checkpoint") else "",
        }
        return (ENDINGS | ERRORS)[self.code].format(**around, **self.values)


def explain(
    error: Exception, status: dict, facts: dict[str, str] | None = None, has_checkpoint: bool = False
) -> Ending:
    """Why a run with this status failed. facts: of the disk, where they are known: file, disk, free, needed."""
    said = in_short(error)
    values = {"epoch": status.get("epoch") or 0, "stage": (status.get("stage") or 0) + 1, "said": said,
              "checkpoint": has_checkpoint}  # fmt: skip
    if isinstance(error, FloatingPointError):
        return Ending(getattr(error, "code", "not_finite"), values | getattr(error, "values", {}))
    if "Expected more than 1 value per channel" in said:
        return Ending("lone_image_met", values)
    if isinstance(error, ConnectionError | EOFError) and values["epoch"]:  # a reader died while it handed images over
        return Ending("reader_killed", values)
    if isinstance(error, CodedError):
        return Ending(error.code, values | error.values)
    if isinstance(error, OSError):
        file = file_of(error)
        values |= {"said": error.strerror or said} | ({"file": file} if file else {})
    if (code := cause_of(error)) is not None:
        return _caused(code, values | (facts or {}), said)
    if isinstance(error, OSError):
        return Ending("file" if "file" in values else "disk", values)
    if isinstance(error, ValueError) and is_ours(error):
        return Ending("said", values)
    first = said.splitlines()[0] if said else "no reason given"
    return Ending("unforeseen", values | {"said": first, "kind": type(error).__name__})


def is_ours(error: Exception) -> bool:
    """Whether an error was raised by this engine, whose sentences say what to do next, and not by a library."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    return place is None or str(place.tb_frame.f_globals.get("__name__")).partition(".")[0] == OURS


def _caused(code: str, values: dict[str, Any], said: str) -> Ending:
    """The sentence of a cause that tells most of what is known."""
    if code == "memory" and (asked := memory_asked(said)):
        return Ending("memory_asked", values | {"needed": asked})
    if code == "disk_full" and "free" in values:
        return Ending("disk_full_needed" if "needed" in values else "disk_full_free", values)
    if "{file}" in ENDINGS[code] and "file" not in values:
        code = "disk_full" if code == "quota" else "disk"
    return Ending(code, values)


def job_error(error: Exception) -> CodedError | None:
    """Why a job behind the page failed, where what ran out or broke is known."""
    code = _job_cause(error)
    return CodedError(f"job_{code}", file=file_of(error) or "") if code else None


def _job_cause(error: Exception) -> str | None:
    """The code of the cause in JOBS, where its sentence can be said in full."""
    code, file = cause_of(error), file_of(error)
    if code == "disk_full" and file:
        code = "disk_full_file"
    return None if code is None or ("{file}" in JOBS[code][0] and file is None) else code


def in_words(error: Exception) -> str:
    """What went wrong outside a training, in a sentence: ours for what is in the table of causes, else the error's."""
    known = job_error(error)
    return _without_number(error) if known is None and isinstance(error, OSError) else str(known or error)


def _without_number(error: OSError) -> str:
    file = file_of(error)
    return (f"{file}: " if file else "") + (error.strerror or str(error))


def trial_failed(what: str, titles: list[str], number: int, trained: Iterable[str], error: Exception) -> str:
    """Why a stage (from 0) that was tried out before the training failed, and what to do. titles: of all stages."""
    name = f"stage {number + 1} of {len(titles)}" + (f" ({titles[number]})" if titles[number] else "")
    why, advice = _why_not_tried(error)
    return f"The {what} of {name}, which trains {', '.join(trained)}, failed: {why}. Nothing has been trained yet." + (
        f" {advice}." if advice else ""
    )


def _why_not_tried(error: Exception) -> tuple[str, str]:
    """The fact and what to do, where it is known: no run can be resumed yet, and there is no checkpoint."""
    code, file = _job_cause(error), file_of(error)
    if code == "memory":
        return "memory ran out", "Choose a smaller batch_size or more subdivisions, or thaw fewer parts"
    if code:
        fact, advice = JOBS[code]
        return fact.format(file=file), advice
    if isinstance(error, OSError):
        return _without_number(error), ""
    ending = explain(error, {})
    is_unknown = ending.code in ("said", "unforeseen")
    return f"{type(error).__name__}: {error}" if is_unknown else ending.message.rstrip("."), ""
