"""Which process is which: an identity that survives reused process ids, reboots and copied folders."""

import os
import platform
import socket
import time
from pathlib import Path

import psutil

ELSEWHERE_GRACE = 60.0  # seconds without a sign of life before a process on another host is taken for gone


def boot_id() -> str:
    """A word that changes with every start of the machine."""
    kernel = Path("/proc/sys/kernel/random/boot_id")
    if platform.system() == "Linux" and kernel.exists():
        return kernel.read_text(encoding="ascii").strip()
    return str(round(psutil.boot_time() / 10))


def created(process: psutil.Process) -> float:
    """When the process began: seconds since the boot on Linux, since 1970 elsewhere; never changes while it lives.

    Linux knows a process's age by its own count alone. psutil adds the boot time to it, which the kernel works out from
    the wall clock, so that every process seems another one as soon as somebody sets the clock.
    Raises psutil.NoSuchProcess if it is gone.
    """
    if platform.system() != "Linux":
        return process.create_time()
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError) as error:
        raise psutil.NoSuchProcess(process.pid) from error
    ticks = int(fields.rpartition(")")[2].split()[19])  # starttime, field 22; the name before may hold anything
    return ticks / os.sysconf("SC_CLK_TCK")


def identity(pid: int | None = None) -> dict:
    """host, boot_id, pid and creation time of a process, by default this one.

    Raises psutil.NoSuchProcess if there is no such process.
    """
    process = psutil.Process(pid)
    return {
        "host": socket.gethostname(), "boot_id": boot_id(), "pid": process.pid, "process_created": created(process),
    }  # fmt: skip


def process_of(who: dict) -> psutil.Process | None:
    """The living process that `who` describes, or None if it is gone, a zombie, or another process has its pid."""
    if not is_of_this_boot(who) or not who.get("pid"):
        return None
    try:
        process = psutil.Process(who["pid"])
        same = abs(created(process) - who["process_created"]) < 0.005
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, OSError, KeyError, TypeError, ValueError):
        return None


def is_of_this_boot(who: dict) -> bool:
    """Whether the process described by `who` began on this machine since it was last switched on."""
    return who.get("host") == socket.gethostname() and who.get("boot_id") == boot_id()


def is_elsewhere(who: dict) -> bool:
    """Whether the process described by `who` was one of another machine."""
    return who.get("host") not in (None, socket.gethostname())


def is_alive(who: dict) -> bool:
    """Whether the process described by `who` lives; on another host, whether it gave a sign within the last minute."""
    if is_elsewhere(who):
        updated = who.get("updated")
        return isinstance(updated, int | float) and abs(time.time() - updated) < ELSEWHERE_GRACE
    return process_of(who) is not None
