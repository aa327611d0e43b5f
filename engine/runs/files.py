"""Files that are whole or absent: atomic replacement, and line-by-line JSON that a killed writer cannot spoil.

All of them are plain files (see plain_files) of a limited size.
"""

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine.messages.coded_error import CodedError
from engine.runs import json_text, plain_files
from engine.runs.plain_files import opened

TEMPORARY = ".tmp"
BLOCK = 4096  # bytes that a disk gives away at a time, at least
LARGEST = 16 << 20  # bytes of a file that is read as a whole; a confusion matrix of 1,000 classes takes 2 MB


class TooLarge(CodedError, OSError):
    """The file has more bytes than are read."""


def replace_text(path: Path, text: str, durable: bool = False) -> None:
    """Put `text` in the place of `path` in one step; a reader sees the old file or the new one.

    durable: also survive a power cut (costs an fsync, about 2 ms).
    """

    def write(temporary: Path) -> None:
        with opened(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            if durable:
                _sync(file)

    replace(path, write)


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a new file beside `path`, then put that in its place; where it fails, nothing is left of it."""
    plain_files.check(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{TEMPORARY}")
    try:
        write(temporary)
        move(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def replace_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """The same with an .npz."""

    def write(temporary: Path) -> None:
        with opened(temporary, "xb") as file:
            pieces: Any = arrays
            np.savez(file, **pieces)

    replace(path, write)


def overwrite_text(path: Path, text: str) -> None:
    """Put `text` into the blocks that `path` already has: what is left to do where the disk has no room for a new file.

    A reader may meet it half written. Raises OSError (no space) if it would need another block.
    """
    raw = text.encode()
    if len(raw) > -(-path.stat().st_size // BLOCK) * BLOCK:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with opened(path, "r+b") as file:
        file.write(raw)
        file.truncate()


def write_durably(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let `write` fill a new file, and return when it would survive a power cut."""
    with opened(path, "xb") as file:
        write(file)
        _sync(file)


def copy_aside(path: Path, aside: Path, start: int = 0) -> None:
    """What is in a file from byte `start` on, as a file of the same name in the folder `aside`, beside what may be
    there already; returns when it would survive a power cut."""
    plain_files.make_folder(aside)
    with opened(path) as file:
        file.seek(start)
        write_durably(free_name(aside / path.name), lambda copy: shutil.copyfileobj(file, copy))


def write_new(path: Path, raw: bytes) -> None:
    with opened(path, "xb") as file:
        file.write(raw)


def sync_folder(path: Path) -> None:
    """Let the names in a folder survive a power cut, where the system can promise that (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_temporary(folder: Path) -> None:
    """Remove what killed writers left behind in a folder; what is younger than a minute may still be written."""
    for leftover in folder.glob(f".*{TEMPORARY}"):
        with suppress(OSError):
            if abs(time.time() - leftover.stat().st_mtime) > 60:
                leftover.unlink()


def _sync(file: IO) -> None:
    file.flush()
    os.fsync(file.fileno())


def move(source: Path, target: Path) -> None:
    """os.replace, tried again for a second where another process (on Windows) holds the target open."""
    for _ in range(20):
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(0.05)
    os.replace(source, target)


def free_name(path: Path) -> Path:
    """This path, or with a number behind its name, so that nothing that is there is replaced."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def size(folder: Path) -> int:
    """Bytes of all files under a folder; of a link its own, and none of what vanishes meanwhile."""
    total = 0
    for entry in plain_files.below(folder):
        with suppress(OSError):
            total += 0 if entry.is_dir(follow_symlinks=False) else entry.stat(follow_symlinks=False).st_size
    return total


def replace_json(path: Path, value: Any, durable: bool = False) -> None:
    replace_text(path, json.dumps(value, ensure_ascii=False, allow_nan=False), durable)


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """What is in a file. Raises OSError where it cannot be read; NotPlain and TooLarge say why in a sentence."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        raw = file.read(min(size, largest) + 1)
        if len(raw) > largest:
            raise TooLarge("file_large", file=path.name, size=f"{size:,}", limit=f"{largest:,}")
    return raw


def read_json(path: Path, largest: int = LARGEST) -> Any:
    """The value in `path`, or None where the file is missing or is not JSON. Raises OSError where it cannot be read."""
    try:
        raw = read_bytes(path, largest)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return json_text.parse(raw)
    except ValueError:
        return None


def read_table(path: Path) -> dict:
    """The mapping in `path`; {} where there is none, whatever stands there instead."""
    try:
        value = read_json(path)
    except OSError:
        return {}
    return value if isinstance(value, dict) else {}


def append_line(path: Path, value: Any, durable: bool = False) -> None:
    """Add one JSON line with a single write, after mending a last line that a killed writer left unfinished."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    with opened(path, "ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        if durable:
            _sync(file)
