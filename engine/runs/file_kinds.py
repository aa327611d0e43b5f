"""What may stand in the files of a run other than its status: what of them is taken, and what is not."""

import re
from typing import Any

from engine.runs.kinds import is_number, is_table, is_text, is_whole, list_of, table_of

LONGEST_LABEL, LONGEST_NOTES, MOST_TAGS, LONGEST_TAG = 200, 20_000, 50, 200
DEVICE = re.compile(r"cpu|mps|cuda(:[0-9]{1,4})?")
DATA = table_of(
    name=is_text, classes=list_of(is_text), mean=list_of(is_number), std=list_of(is_number), image_size=is_whole,
    channels=is_whole,
)  # fmt: skip


def is_device(value: Any) -> bool:
    """A name of one, which also names a folder: nothing in it may lead elsewhere."""
    return isinstance(value, str) and DEVICE.fullmatch(value) is not None


def is_thread_count(value: Any) -> bool:
    return is_whole(value) and 0 <= value <= 1024


ENVIRONMENT = {"device": is_device, "threads": is_thread_count, "data": DATA}


MAP_ABOUT = {
    **dict.fromkeys(("epoch", "stage"), is_number), **dict.fromkeys(("why", "asks"), is_text),
    "blocks": list_of(is_text), "transformer": list_of(is_text),
}  # fmt: skip


def notes_in(table: dict) -> dict[str, Any]:
    """label, notes and tags as far as they are what they should be; nothing else of the table."""
    label, notes, tags = table.get("label"), table.get("notes"), table.get("tags")
    words = [tag[:LONGEST_TAG] for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return {
        "label": label[:LONGEST_LABEL] if isinstance(label, str) else "",
        "notes": notes[:LONGEST_NOTES] if isinstance(notes, str) else "",
        "tags": words[:MOST_TAGS],
    }


def is_epoch(row: dict) -> bool:
    return is_whole(row.get("epoch")) and is_number(row.get("iteration", 0)) and is_number(row.get("stage", 0))


EVENT = table_of(time=is_number, iteration=is_number, epoch=is_number, kind=is_text, text=is_text, values=is_table)


def is_event(row: dict) -> bool:
    return is_whole(row.get("seq")) and EVENT(row)
