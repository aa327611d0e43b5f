"""A spare trainer, so that Start need not wait until torch is imported.

It is launched when somebody begins to fill in the form and taken by the next start. If there is none, a start launches
a process of its own.
"""

import json
import logging
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from dashboard.processes.launching import ENGINE, launch
from engine.runs.run_folder import RunFolder

IDLE = 600.0  # seconds without an order after which a spare trainer exits: it holds a few hundred megabytes
PARTING = 10.0  # seconds before its exit from which on it is given no order
log = logging.getLogger("thaw")


class SpareTrainer:
    """Its process is described in engine/process/spare_trainer.py."""

    def __init__(self, command: Sequence[str] = (*ENGINE, "standby", "--idle", str(IDLE))):
        self.command = list(command)
        self.process: subprocess.Popen | None = None
        self.made = 0.0
        self.lock = threading.Lock()

    def prepare(self) -> None:
        """Launch the process, unless one is waiting already."""
        with self.lock:
            if self.process is not None and self.process.poll() is None:
                return
            self.made = time.monotonic()
            try:
                self.process = launch(
                    self.command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                )  # fmt: skip
            except OSError as error:  # a start will report it too
                log.warning("no spare trainer could be started: %s", error.strerror)

    def take(self, folder: RunFolder, data: Path, word: str, settings: str | None = None) -> subprocess.Popen | None:
        """Order the waiting process to `run` or `resume`; None if there is none that can."""
        with self.lock:
            process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return None
        order = {"folder": str(folder.path), "data": str(data), "resume": word == "resume", "settings": settings}
        parts = time.monotonic() - self.made > IDLE - PARTING
        return process if _tell(process, "" if parts else json.dumps(order) + "\n") and not parts else None

    def close(self) -> None:
        """End the waiting process."""
        with self.lock:
            process, self.process = self.process, None
        if process is not None:
            process.terminate()  # it may be in the middle of importing
            process.wait()


def _tell(process: subprocess.Popen, order: str) -> bool:
    """Write an order, or none, at which it exits. False if it has just been killed."""
    assert process.stdin is not None
    try:
        process.stdin.write(order)
        process.stdin.close()
    except OSError:
        return False
    return True
