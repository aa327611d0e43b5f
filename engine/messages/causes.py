"""What the system or a library says when something runs out or breaks, on each platform, and what that means.

One table: numbers of errors (errno, and Windows' own) and words. Messages of Windows may be in any language, those of
libraries hold the system's words in theirs.
"""

import errno
import os
import re
from typing import NamedTuple

from engine.messages.coded_error import CodedError


class Cause(NamedTuple):
    """words: in small letters, as they stand within a message."""

    code: str
    numbers: tuple[str, ...] = ()  # names in errno; a platform may lack some
    windows: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


CAUSES = (  # the more exact words first
    Cause("shared_memory", words=("shared memory object", "insufficient shared memory", "</torch_")),
    Cause("files_open", ("EMFILE", "ENFILE"), (4,), ("too many open files", "received 0 items of ancdata")),
    Cause("reader_killed", words=("dataloader worker (pid",)),
    Cause("memory", ("ENOMEM",), (8, 14, 1450, 1455), (
        "out of memory", "not enough memory", "allocate memory", "unable to allocate", "failed to allocate",
        "alloc_failed", "bad_alloc", "bad allocation", "paging file is too small", "insufficient memory",
        "insufficient system resources", "not enough storage is available",
    )),
    Cause("processes", ("EAGAIN",), (), ("can't start new thread", "resource temporarily unavailable",
                                        "thread creation failed")),
    Cause("disk_full", ("ENOSPC",), (39, 112), ("no space left on device", "not enough space on the disk",
                                               "storagefull", "database or disk is full")),
    Cause("quota", ("EDQUOT",), (1295,), ("disk quota exceeded", "quotaexceeded")),
    Cause("file_too_large", ("EFBIG",), (223,), ("file too large", "filetoolarge")),
    Cause("read_only", ("EROFS",), (19,), ("read-only file system", "readonlyfilesystem", "write protected")),
    Cause("in_use", ("EBUSY", "ETXTBSY"), (32, 33), ("used by another process", "resource busy", "text file busy")),
    Cause("denied", ("EACCES", "EPERM"), (5,), ("permission denied", "permissiondenied", "operation not permitted",
                                               "access is denied")),
    Cause("drive_gone", (
        "ESTALE", "ENODEV", "ENXIO", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ETIMEDOUT", "ENOTCONN",
        "ENOMEDIUM", "EREMOTEIO", "ENOLINK",
    ), (15, 21, 51, 53, 55, 59, 64, 67, 433, 1112, 1167, 1231), (
        "stale file handle", "stale nfs file handle", "transport endpoint is not connected", "host is down",
        "no such device", "device not configured", "device is not ready", "network name is no longer available",
        "network path was not found", "no medium found",
    )),
    Cause("missing", ("ENOENT", "ENOTDIR"), (2, 3), ("no such file or directory", "cannot find the file specified",
                                                    "cannot find the path specified")),
    Cause("disk_broken", ("EIO", "EUCLEAN", "EBADMSG"), (23, 27, 483, 1117, 1392, 1393), (
        "input/output error", "structure needs cleaning", "i/o device error", "cyclic redundancy check",
        "corrupted and unreadable",
    )),
    Cause("name_too_long", ("ENAMETOOLONG",), (206,), ("file name too long", "filename or extension is too long")),
    Cause("write_failed", words=("pytorchstreamwriter failed", "file write failed")),
    Cause("driver", words=("driver on your system", "nvidia driver", "cuda driver", "driver version")),
    Cause("no_card", words=("no cuda gpus", "no hip gpus")),
    Cause("card_stopped", words=("cuda error", "hip error", "unspecified launch failure")),
)  # fmt: skip
ASKED = re.compile(r"(?:tried to allocate|unable to allocate|trying to allocate) ([\d.,]+) ?([kmgt]i?b|bytes)", re.I)
PATH = re.compile(r"""'(?:[a-z]:)?[/\\][^']*'|"(?:[a-z]:)?[/\\][^"]*"|(?<![\w<])(?:[a-z]:)?[/\\][^\s:'"]+""", re.I)
STEP = 1024
UNFINISHED = re.compile(r"\.([^/\\]+)\.\d+-[0-9a-f]{8}\.tmp$")  # as engine/runs/files.py calls what it replaces


def cause_of(error: BaseException) -> str | None:
    """The code of what happened, or None where it is not in the table; a sentence of our own is its own cause."""
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, CodedError) or type(error) is ValueError:
        return None
    code = _by_number(error) or _by_words(error)
    if code == "processes" and file_of(error):  # a lock or a drive keeps somebody waiting
        return None
    return cause_of(error.__cause__) if code is None and error.__cause__ is not None else code


def _by_number(error: BaseException) -> str | None:
    return next((cause.code for cause in CAUSES if _has_number(error, cause)), None)


def _by_words(error: BaseException) -> str | None:
    """Only of errors that hand on what the system said; names of files are words of somebody else."""
    kind = type(error)
    if kind.__module__ == "builtins" and not isinstance(error, RuntimeError | OSError) and kind is not Exception:
        return None
    said = PATH.sub("", in_short(error)).lower()
    return next((cause.code for cause in CAUSES if any(words in said for words in cause.words)), None)


def _has_number(error: BaseException, cause: Cause) -> bool:
    if not isinstance(error, OSError):
        return False
    windows = getattr(error, "winerror", None)
    if windows is not None and any(windows in other.windows for other in CAUSES):
        return windows in cause.windows
    return error.errno is not None and error.errno in {getattr(errno, name, None) for name in cause.numbers}


def in_short(error: BaseException) -> str:
    """What was said; of what a reader of images hands over with its whole trace, the last line."""
    said = str(error).strip()
    return said.splitlines()[-1].strip() if "Original Traceback" in said else said


def file_of(error: BaseException) -> str | None:
    """The file of which an error tells, by its own name also while it was being replaced; None where it names none."""
    name = getattr(error, "filename", None)
    return UNFINISHED.sub(r"\1", os.fsdecode(name)) if isinstance(name, str | bytes | os.PathLike) and name else None


def memory_asked(said: str) -> str:
    """How much memory was asked for at once, such as 2.0 GiB; empty where the message does not tell."""
    found = ASKED.search(said)
    if found is None:
        return ""
    count, unit = float(found[1].replace(",", "").rstrip(".")), found[2]
    return size_in_words(count) if unit.lower() == "bytes" else f"{count:g} {unit}"


def size_in_words(count: float) -> str:
    """Bytes as 350 MiB."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < STEP:
            break
        count, unit = count / STEP, "TiB"
    return f"{count:.3g} {unit}"
