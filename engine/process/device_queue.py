"""Whose turn it is at a device: every run waits in its own process, oldest first; no scheduler. Imports no torch.

A run puts a ticket into runs/.queue/<device>/ and starts when no older living ticket is before it and it holds the
device's lock. The lock is the kernel's, so it is free again whatever becomes of its holder.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from engine.runs import files
from engine.runs.all_runs import QUEUE
from engine.runs.process_identity import identity, is_alive
from engine.runs.reporter import Reporter

POLL = 0.2  # seconds


@contextmanager
def hold_device(runs: Path, device: str, reporter: Reporter) -> Iterator[None]:
    """Hold `device` for one training; waits in the state `queued`, hearing stop and start_now.

    Raises Stopped when told to stop while waiting.
    """
    queue = runs / QUEUE / device.replace(":", "-")
    queue.mkdir(parents=True, exist_ok=True)
    ticket = queue / f"{reporter.status['created']:.6f}-{reporter.folder.id}.json"
    lock = FileLock(queue / "device.lock")
    files.replace_json(ticket, identity())
    try:
        _wait(queue, ticket, lock, reporter)
        files.replace_json(queue / "holder.json", identity() | {"run": reporter.folder.id})
        yield
    finally:
        ticket.unlink(missing_ok=True)
        lock.release()


def _wait(queue: Path, ticket: Path, lock: FileLock, reporter: Reporter) -> None:
    go: list[dict] = []
    reporter.orders = {"stop": reporter.stop, "start_now": go.append}
    while not go:
        if _is_first(queue, ticket):
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                pass
        _report_waiting(queue, ticket, reporter)
        time.sleep(POLL)
        reporter.listen()
    reporter.orders = {}


def _is_first(queue: Path, ticket: Path) -> bool:
    """Whether no living run that was created earlier waits; tickets of the dead are cleared away."""
    for other in sorted(queue.glob("*-*.json")):
        if other.name >= ticket.name:
            return True
        who = files.read_json(other)
        if who is not None and is_alive(who):
            return False
        other.unlink(missing_ok=True)
    return True


def _report_waiting(queue: Path, ticket: Path, reporter: Reporter) -> None:
    holder = files.read_json(queue / "holder.json") or {}
    run = holder.get("run") if is_alive(holder) else None
    if reporter.status.get("state") != "queued" or reporter.status.get("waiting_for") != run:
        reporter.state("queued", "another training uses the device", waiting_for=run)
