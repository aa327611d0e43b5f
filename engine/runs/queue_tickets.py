"""The queue at a device on disk: a ticket for each run that waits or trains there, named by its turn.

Turns are numbers, each higher than all before it, so that no clock decides who is first. Imports no torch.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from engine.runs import files, plain_files
from engine.runs.kinds import is_whole
from engine.runs.process_identity import identity, is_alive, is_elsewhere
from engine.runs.trainer_process import is_copy, place

QUEUE = ".queue"  # beside the runs: who waits for which device
LOCK = "device.lock"
WAITS, TRAINS, BESIDE = "waits", "trains", "beside"  # beside: told to start although another one trains
TURN = re.compile(r"([0-9]{1,15})-")
COUNTED_FROM = 946_684_800 * 10**9  # 2000, in ns: the times of FAT and exFAT begin in 1980
PATIENCE = 10.0  # seconds to wait for whoever takes a turn at the same moment


class Ticket(NamedTuple):
    path: Path
    run: str
    state: str  # one of the three; empty where an older Thaw wrote it
    beat: int  # another number with each sign of life of one that waits


def next_turn(runs: Path) -> int:
    """A number higher than every one given before. Raises OSError where it cannot be written down."""
    queue = plain_files.make_folder(runs / QUEUE)
    plain_files.check_lock(queue / "turns.lock")
    with FileLock(queue / "turns.lock", timeout=PATIENCE):
        given = files.read_json(queue / "turns.json")
        tickets = [name for device in _devices(runs) for name in plain_files.file_names(device, ".json")]
        waiting = [int(found[1]) for name in tickets if (found := TURN.match(name))]
        turn = max([given if is_whole(given) else 0, *waiting]) + 1
        files.replace_json(queue / "turns.json", turn)
    return turn


def ticket_of(queue: Path, turn: int, run: str) -> Path:
    return queue / f"{turn:010d}-{run}.json"


def write(ticket: Path, run: str, state: str) -> None:
    """Take a place in the queue, or say that its state is another one."""
    queue = ticket.parent
    files.replace_json(ticket, identity() | {"run": run, "state": state, "place": place(queue, queue / LOCK)})


def give_sign(ticket: Path, run: str) -> None:
    """Let the others see that the one who waits is awake; by a count that no clock sets back."""
    now = COUNTED_FROM + time.monotonic_ns()
    try:
        os.utime(ticket, ns=(now, now))
    except FileNotFoundError:  # somebody cleared the queue away
        ticket.parent.mkdir(parents=True, exist_ok=True)
        write(ticket, run, WAITS)


def leave(ticket: Path) -> None:
    """Remove a ticket; where somebody reads it on Windows, it stays until others see that its process is gone."""
    with suppress(OSError):
        ticket.unlink(missing_ok=True)


def living(queue: Path) -> Iterator[Ticket]:
    """The tickets of living processes of this machine, first come first; those of the dead, and copies, are removed."""
    for path in [queue / name for name in plain_files.file_names(queue, ".json") if "-" in name]:
        who = files.read_table(path)
        if is_elsewhere(who):
            continue
        if not is_alive(who) or is_copy(queue, queue / LOCK, who):
            leave(path)
            continue
        with suppress(FileNotFoundError):  # it has just left the queue
            run = str(who.get("run") or path.stem.partition("-")[2])
            yield Ticket(path, run, str(who.get("state") or ""), path.stat().st_mtime_ns)


def is_any_taken(runs: Path) -> bool:
    """Whether a training holds a device."""
    return any(ticket.state != WAITS for device in _devices(runs) for ticket in living(device))


def _devices(runs: Path) -> list[Path]:
    return [runs / QUEUE / name for name in plain_files.folder_names(runs / QUEUE)]
