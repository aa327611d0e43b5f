"""A trainer in waiting: imports what a training needs, then sleeps until it is told which run to train.

One JSON line on standard input gives the order: {"folder": ..., "data": ..., "resume": false,
"settings": null}. From then on it is a
training like any other, detached from whoever gave the order. Without an order it ends when its input does, or when
nobody wanted anything for a while.
"""

import json
import os
import sys
import threading
from pathlib import Path

from engine.runs.plain_files import opened
from engine.runs.run_folder import RunFolder

QUIET = 3.0  # seconds before it begins to import: whoever makes it is busy with a page that opens


def main(idle: float) -> int:
    """0 when the run finished or was stopped, or when no order came; 1 when the training failed.

    idle: seconds without an order after which it ends.
    """
    lines: list[str] = []
    listener = threading.Thread(target=lambda: lines.append(sys.stdin.readline()), daemon=True)
    listener.start()
    listener.join(QUIET)
    import engine.process.training_session  # noqa: F401  # what takes the time: torch and all that stands on it
    from engine.process.run_process import train_run

    listener.join(idle)
    if not lines or not lines[0]:
        return 0
    order = json.loads(lines[0])
    folder = RunFolder(Path(order["folder"]))
    sys.argv[1:] = ["resume" if order["resume"] else "run", str(folder.path)]  # what repeats it; the run remembers that
    _detach_output(folder.log_file)
    state = train_run(folder, Path(order["data"]), resume=order["resume"], settings=order.get("settings"))
    return 0 if state in ("finished", "stopped") else 1


def _detach_output(log: Path) -> None:
    """Hold nothing of whoever gave the order: no pipe, and what is printed goes to the run's log."""
    with open(os.devnull, "rb") as nothing, opened(log, "ab") as output:
        for held, number in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(held.fileno(), number)
