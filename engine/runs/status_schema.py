"""What may stand in status.json, so that whoever reads a status may rely on it. What is not listed may be anything."""

from typing import Any

from engine.runs import kinds
from engine.runs.kinds import Kind, either, is_number, is_table, is_text, list_of, numbers_by_name, table_of

FORMAT = 1  # of a run folder; one with a higher number was made by a newer Thaw
ACTIVE = ("queued", "starting", "running", "paused", "stopping")  # states that claim a living process
RESUMABLE = ("interrupted", "stopped", "failed")
STATES = (*ACTIVE, "finished", *RESUMABLE, "damaged")

EVALUATION = table_of(epoch=is_number, top1=is_number, loss=is_number, count=is_number)
STAGE = table_of(
    name=is_text, epochs=is_number, begins=is_number, ends=is_number, train=list_of(is_text),
    learning_rate=either(is_number, numbers_by_name),
)  # fmt: skip
FIELDS: dict[str, Kind] = {
    **dict.fromkeys(("format", "life", "turn", "pid", "iteration", "epoch", "stage", "epochs"), is_number),
    "iterations": is_number,
    **dict.fromkeys(("process_created", "iterations_per_epoch", "created", "started", "ended"), is_number),
    **dict.fromkeys(("updated", "uptime", "seconds", "seconds_left"), is_number),
    **dict.fromkeys(("reason", "host", "boot_id", "place", "device", "device_name", "waiting_for"), is_text),
    **dict.fromkeys(("chosen_on", "doing", "imported"), is_text),
    **dict.fromkeys(("last", "best", "test", "test_best"), EVALUATION), "stages": list_of(STAGE),
    "evaluated_on": table_of(name=is_text, count=is_number), "ending": table_of(code=is_text, values=is_table),
    "parts": list_of(is_text), "zero_shot": EVALUATION,
}  # fmt: skip


def odd_field(status: dict) -> str | None:
    """The name of a field that holds what cannot stand there, or None."""
    return kinds.odd_field(status, FIELDS)


def rows_told(status: dict) -> int:
    """How many iterations a status knows of."""
    told: Any = status.get("iteration")
    return int(told) if is_number(told) else 0
