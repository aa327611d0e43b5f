"""Files that are whole or absent: atomic replacement, and line-by-line JSON that a killed writer cannot spoil."""

import errno
import json
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

TEMPORARY = ".tmp"
BLOCK = 4096  # bytes that a disk gives away at a time, at least


def replace_text(path: Path, text: str, durable: bool = False) -> None:
    """Put `text` in the place of `path` in one step; a reader sees the old file or the new one.

    durable: also survive a power cut (costs an fsync, about 2 ms).
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                _sync(file)
        move(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def overwrite_text(path: Path, text: str) -> None:
    """Put `text` into the blocks that `path` already has: what is left to do where the disk has no room for a new file.

    A reader may meet it half written. Raises OSError (no space) if it would need another block.
    """
    raw = text.encode()
    if len(raw) > -(-path.stat().st_size // BLOCK) * BLOCK:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with open(path, "r+b") as file:
        file.write(raw)
        file.truncate()


def write_durably(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a new file, and return when it would survive a power cut."""
    with open(path, "wb") as file:
        write(file)
        _sync(file)


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


def size(folder: Path) -> int:
    """Bytes of all files under a folder; of a link its own, and none of what vanishes meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def replace_json(path: Path, value: Any, durable: bool = False) -> None:
    replace_text(path, json.dumps(value, ensure_ascii=False, allow_nan=False), durable)


def read_json(path: Path) -> Any:
    """The value in `path`, or None where the file is missing or is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
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
    with open(path, "ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        if durable:
            _sync(file)


def read_lines(path: Path) -> list[dict]:
    """Every whole JSON object of a file of JSON lines; damaged lines are left out."""
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    rows = []
    for line in raw.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows
