"""Which process trains a run folder. A status names one, but a copy of the folder brings its status along: the process
belongs to the folder that it locked, which its place tells from any copy."""

import os
import platform
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from engine.runs import plain_files
from engine.runs.process_identity import is_of_this_boot, process_of


def place(folder: Path, lock: Path) -> str:
    """Disk and number of a run folder and of its lock, as one word: a copy has another one, a moved run keeps its own.

    Raises OSError where the folder is gone; a lock that is gone is left out.
    """
    about = os.stat(folder)
    try:
        number = str(os.stat(lock).st_ino)
    except FileNotFoundError:
        number = ""
    return f"{about.st_dev}-{about.st_ino}-{number}"


def is_copy(folder: Path, lock: Path, status: dict) -> bool:
    """Whether a status was written since the last boot of this machine, but in another folder.

    Where the folder cannot be looked at, nothing is known against it.
    """
    told = status.get("place")
    if told is None or not is_of_this_boot(status):
        return False  # after a reboot the same disk may have another number
    try:
        here = place(folder, lock)
    except OSError:
        return False
    (told_folder, _, told_lock), (folder_here, _, lock_here) = told.rpartition("-"), here.rpartition("-")
    differs = told_folder != folder_here or (told_lock != lock_here and "" not in (told_lock, lock_here))
    return differs and not _is_held_by(status, lock)  # a disk mounted anew, or by a network, changes its numbers


def _is_held_by(status: dict, lock: Path) -> bool:
    process = process_of(status)
    try:
        return process is not None and holds_lock(process, lock)
    except (psutil.Error, OSError):
        return False


def holds_lock(process: psutil.Process, lock: Path) -> bool:
    """Whether a process has this very file open in this very folder, whatever they are called by now.

    On Windows, which does not list all open files: whether anybody has locked it.
    Raises psutil.Error where the process may not be asked.
    """
    if platform.system() == "Windows":
        return _is_locked(lock)
    return any(_is_same(Path(file.path), lock) for file in process.open_files())


def _is_same(path: Path, lock: Path) -> bool:
    try:  # a hard link to the lock is the same file in the folder of a copy
        return path.samefile(lock) and path.parent.samefile(lock.parent)
    except OSError:
        return False


def _is_locked(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        plain_files.check_lock(lock)
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
