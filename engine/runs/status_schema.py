"""What may stand in status.json, so that whoever reads a status may rely on it. What is not listed may be anything."""

FORMAT = 1  # of a run folder; one with a higher number was made by a newer Thaw
ACTIVE = ("queued", "starting", "running", "paused", "stopping")  # states that claim a living process
RESUMABLE = ("interrupted", "stopped", "failed")
STATES = (*ACTIVE, "finished", *RESUMABLE, "damaged")

NUMBER, TEXT, TABLE = (int, float), (str,), (dict,)
FIELDS = {
    **dict.fromkeys(("format", "life", "turn", "pid", "process_created", "iteration", "epoch", "stage", "epochs", "iterations"),
                    NUMBER),
    **dict.fromkeys(("iterations_per_epoch", "created", "started", "ended", "updated", "seconds", "seconds_left"),
                    NUMBER),
    **dict.fromkeys(("reason", "host", "boot_id", "place", "device", "device_name", "waiting_for", "chosen_on", "doing"), TEXT),
    **dict.fromkeys(("last", "best", "test", "test_best", "evaluated_on", "ending"), TABLE), "stages": (list,),
}  # fmt: skip


def odd_field(status: dict) -> str | None:
    """The name of a field that holds what cannot stand there, or None."""
    for name, kinds in FIELDS.items():
        value = status.get(name)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            return name
    return None
