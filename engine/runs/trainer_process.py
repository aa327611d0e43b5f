"""Which process trains a run folder. A status names one, but a copy of the folder brings its status along: the process
belongs to the folder that it locked, which its place tells from any copy."""

import os
from pathlib import Path

import psutil

from engine.runs.process_identity import is_of_this_boot


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
    """Whether a status was written since the last boot of this machine, but in another folder."""
    told = status.get("place")
    if told is None or not is_of_this_boot(status):
        return False  # after a reboot the same disk may have another number
    here = place(folder, lock)
    (told_folder, _, told_lock), (folder_here, _, lock_here) = told.rpartition("-"), here.rpartition("-")
    return told_folder != folder_here or (told_lock != lock_here and "" not in (told_lock, lock_here))


def holds_lock(process: psutil.Process, lock: Path) -> bool:
    """Whether a process has this very file open, under whatever name. Raises psutil.Error where it may not be asked."""
    return any(_is_same(file.path, lock) for file in process.open_files())


def _is_same(path: str, lock: Path) -> bool:
    try:
        return os.path.samefile(path, lock)
    except OSError:
        return False
