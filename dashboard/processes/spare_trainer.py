"""One trainer in waiting, so that Start need not wait until torch is imported. It is made when somebody fills the form
in, and taken by the next start; where there is none, a start takes the usual way."""

import json
import logging
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from dashboard.processes.training_processes import ENGINE, ROOT, detached, environment
from engine.runs.run_folder import RunFolder

IDLE = 600.0  # seconds without an order after which a trainer goes home: it holds a few hundred megabytes
PARTING = 10.0  # seconds before a waiting trainer ends by itself in which it gets no order any more
log = logging.getLogger("thaw")


class Standby:
    """See engine/process/standby.py for what waits."""

    def __init__(self, command: Sequence[str] = (*ENGINE, "standby", "--idle", str(IDLE))):
        self.command = list(command)
        self.process: subprocess.Popen | None = None
        self.made = 0.0
        self.lock = threading.Lock()

    def prepare(self) -> None:
        """Have a trainer waiting, unless one is."""
        with self.lock:
            if self.process is not None and self.process.poll() is None:
                return
            self.made = time.monotonic()
            try:
                self.process = subprocess.Popen(
                    self.command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, text=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, encoding="utf-8", **detached(),
                )  # fmt: skip
            except OSError as error:  # a start will say so too
                log.warning("no trainer could be kept waiting: %s", error.strerror)

    def take(self, folder: RunFolder, data: Path, word: str) -> subprocess.Popen | None:
        """Give the waiting trainer its order, `run` or `resume`; None if there is none."""
        with self.lock:
            process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return None
        order = {"folder": str(folder.path), "data": str(data), "resume": word == "resume"}
        parts = time.monotonic() - self.made > IDLE - PARTING
        return process if _tell(process, "" if parts else json.dumps(order) + "\n") and not parts else None

    def close(self) -> None:
        """Send the waiting trainer home."""
        with self.lock:
            process, self.process = self.process, None
        if process is not None:
            process.terminate()  # it may be in the middle of importing
            process.wait()


def _tell(process: subprocess.Popen, order: str) -> bool:
    """Give an order, or none, which sends it home. False where it was killed this very moment."""
    assert process.stdin is not None
    try:
        process.stdin.write(order)
        process.stdin.close()
    except OSError:
        return False
    return True
