"""Whose turn it is at a device: every run waits in its own process, first come first; no scheduler. Imports no torch.

A run takes a ticket in runs/.queue/<device>/ and starts when no ticket with a lower turn is before it and it holds the
device's lock. The lock is the kernel's, so it is free again whatever becomes of its holder.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from engine.runs import plain_files, queue_tickets
from engine.runs.queue_tickets import BESIDE, LOCK, QUEUE, TRAINS, WAITS, Ticket
from engine.runs.reporter import Reporter

POLL = 0.2  # seconds
SILENCE = 10.0  # seconds without a sign of life after which one that waits is passed over; the lock is not its


@contextmanager
def hold_device(runs: Path, device: str, reporter: Reporter) -> Iterator[None]:
    """Hold `device` for one training; waits in the state `queued`, hearing stop and start_now.

    Raises Stopped when told to stop while waiting.
    """
    queue, run = runs / QUEUE / device.replace(":", "-"), reporter.folder.id
    plain_files.make_folder(queue)
    plain_files.check_lock(queue / LOCK)
    ticket = queue_tickets.ticket_of(queue, _turn(runs, reporter), run)
    lock = FileLock(queue / LOCK)
    queue_tickets.write(ticket, run, WAITS)
    try:
        _wait(ticket, lock, reporter)
        queue_tickets.write(ticket, run, TRAINS if lock.is_locked else BESIDE)
        yield
    finally:
        queue_tickets.leave(ticket)
        lock.release()


def _turn(runs: Path, reporter: Reporter) -> int:
    """The turn that a run got when it was made; one that is resumed takes a new one."""
    if reporter.status["life"] or not reporter.status.get("turn"):
        reporter.status["turn"] = queue_tickets.next_turn(runs)
    return int(reporter.status["turn"])


def _wait(ticket: Path, lock: FileLock, reporter: Reporter) -> None:
    go: list[dict] = []
    reporter.orders = {"stop": reporter.stop, "start_now": go.append}
    watch = Watch()
    while not go:
        ahead = next((other for other in _others(ticket) if _goes_first(other, ticket, watch)), None)
        if ahead is None:
            if _took(lock):
                break
            ahead = next((other for other in _others(ticket) if other.state != WAITS), None)
        _report_waiting(ahead and ahead.run, reporter)
        time.sleep(POLL)
        queue_tickets.give_sign(ticket, reporter.folder.id)
        reporter.listen()
    reporter.orders = {}


def _others(ticket: Path) -> Iterator[Ticket]:
    return (other for other in queue_tickets.living(ticket.parent) if other.path.name != ticket.name)


def _goes_first(other: Ticket, ticket: Path, watch: "Watch") -> bool:
    return other.path.name < ticket.name and not watch.is_silent(other)


def _took(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _report_waiting(run: str | None, reporter: Reporter) -> None:
    if reporter.status.get("state") != "queued" or reporter.status.get("waiting_for") != run:
        reporter.state("queued", "another training uses the device", waiting_for=run)


class Watch:
    """Notices who of those that wait is stopped or hangs: its ticket stays as it was."""

    def __init__(self) -> None:
        self.seen: dict[str, tuple[int, float]] = {}  # by ticket: the last sign of life, and when we first saw it

    def is_silent(self, ticket: Ticket) -> bool:
        """Whether one that waits gave no sign for a while. One that trains need not, as it holds the lock."""
        beat, since = self.seen.get(ticket.path.name, (None, 0.0))
        if beat != ticket.beat:
            since = time.monotonic()
            self.seen[ticket.path.name] = ticket.beat, since
        return ticket.state == WAITS and time.monotonic() - since > SILENCE
