"""config.yaml may be edited by hand; a run trains on with what it began with. How the two differ, and what a resume
takes: nothing of an edit in silence."""

from typing import Any, TypedDict

from engine.config.differences import filled
from engine.config.idle_settings import KEPT, LABELS
from engine.messages.coded_error import CodedError

CHOICES = ("original", "edited")  # what a resume may be told to go on with
FREE = (*LABELS, *KEPT, "data.path")  # a run may go on with others
FILE = "config.yaml"
ABSENT = "–"  # what stands for a setting that one side lacks
MOST_TOLD = 8


class Edited(TypedDict):
    """A setting that was edited: dotted name, what the run trains with, and what stands in the file."""

    field: str
    trained: Any
    written: Any


def drift(trained: dict, written: dict | None) -> list[Edited]:
    """The settings in which config.yaml differs from what the run trains with. written: None where it is unreadable."""
    if trained == written:
        return []
    if written is None:
        return [Edited(field=FILE, trained=ABSENT, written="cannot be read")]
    before, after = flat(filled(trained)), flat(filled(written))
    fields = [name for name in {**before, **after} if before.get(name, ABSENT) != after.get(name, ABSENT)]
    return [
        Edited(field=name, trained=before.get(name, ABSENT), written=after.get(name, ABSENT))
        for name in fields
        if not _is_behind(name, trained, written)
    ]


def settings_to_resume(trained: dict, written: dict | None, has_begun: bool, choice: str | None) -> dict:
    """The settings that a resume goes on with. has_begun: there is something that they must fit.

    Raises CodedError where the file was edited and nobody chose, or where the choice does not fit.
    """
    edited = drift(trained, written)
    if choice not in (None, *CHOICES):
        raise CodedError("resume_choice", input=choice)
    if not edited or choice == "original":
        return trained
    if written is None:
        raise CodedError("config_lost")
    if choice is None:
        raise CodedError("config_edited", fields=in_words(edited))
    unfit = [row for row in edited if row["field"] not in FREE]
    if has_begun and unfit:
        raise CodedError("config_unfit", fields=in_words(unfit))
    if any(_is_of_edits(row["field"]) for row in edited):
        return written
    return written | {"edits": trained.get("edits") or []}  # of which the file may lack the last


def with_moved_data(trained: dict, written: dict | None) -> dict:
    """What a run trained with, its data read from where config.yaml says that they are now."""
    data, moved = trained.get("data"), (written or {}).get("data")
    if not isinstance(data, dict) or not isinstance(moved, dict) or data.get("name") != moved.get("name"):
        return trained
    return trained | {"data": data | {key: moved[key] for key in ("path", "storage") if key in data and key in moved}}


def in_words(edited: list[Edited]) -> str:
    """`batch_size 64 -> 32, optimizer.learning_rate 0.01 -> 0.5`."""
    words = [f"{row['field']} {row['trained']} -> {row['written']}" for row in edited[:MOST_TOLD]]
    more = len(edited) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Nested settings by dotted names, as on the command line; an empty list or mapping has none."""
    if not isinstance(value, dict | list):
        return {name: value}
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    return {key: one for part, inner in entries for key, one in flat(inner, f"{name}.{part}".strip(".")).items()}


def _is_behind(name: str, trained: dict, written: dict) -> bool:
    """Whether the file only lacks the last change that was made while it ran: the trainer was killed before that."""
    ours, theirs = trained.get("edits") or [], written.get("edits") or []
    return _is_of_edits(name) and ours[: len(theirs)] == theirs


def _is_of_edits(name: str) -> bool:
    return name.split(".")[0] == "edits"
