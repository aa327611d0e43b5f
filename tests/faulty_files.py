"""A disk that fails when it is told to: the file operations of this process, counted and broken for one folder.

    with FaultyDisk(folder) as disk: ...                        counts opens, writes, syncs, renames ...
    with FaultyDisk(folder, fail_at=7, error=errno.EIO): ...    the seventh raises OSError, the others work
    with FaultyDisk(folder, full_from=7): ...                   from the seventh on, nothing new finds room
    with FaultyDisk(folder, kill_at=7): ...                     the process ends there, as after kill -9
    with FaultyDisk(folder, cut_at=7): ...                      PowerCut is raised, which nobody catches; then
    disk.power_cut()                                            takes away what was written since its last fsync

It stands between Python and the system, so the product knows nothing of it; and so writes must go through Python.
"""

import builtins
import errno
import io
import os
import signal
from pathlib import Path
from typing import Any

GROWS = ("open for writing", "write", "mkdir")  # operations that need room
BLOCK = 4096


class PowerCut(BaseException):
    """The machine is off."""


class FaultyDisk:
    """operations: what was done below `folder`, in order, as (kind, path)."""

    def __init__(self, folder: Path, fail_at=0, error=errno.EIO, full_from=0, kill_at=0, cut_at=0):
        self.folder = str(folder)
        self.fail_at, self.error, self.full_from, self.kill_at, self.cut_at = (
            fail_at, error, full_from, kill_at, cut_at,
        )  # fmt: skip
        self.operations: list[tuple[str, str]] = []
        self.durable: dict[int, bytes] = {}  # inode -> content that a power cut leaves
        self.written: set[int] = set()  # inodes
        self.real: dict[tuple[Any, str], Any] = {}

    def __enter__(self) -> "FaultyDisk":
        for place, name in (
            (builtins, "open"), (io, "open"), (os, "fsync"), (os, "replace"), (os, "rename"), (os, "mkdir"),
            (os, "unlink"), (os, "rmdir"),
        ):  # fmt: skip
            self.real[place, name] = getattr(place, name)
        for place in (builtins, io):
            place.open = self._open
        os.fsync = self._fsync
        for name, kind in (("replace", "rename"), ("rename", "rename"), ("mkdir", "mkdir"), ("unlink", "unlink"),
                           ("rmdir", "rmdir")):  # fmt: skip
            setattr(os, name, self._counted(kind, self.real[os, name]))
        return self

    def __exit__(self, *_: object) -> None:
        for (place, name), function in self.real.items():
            setattr(place, name, function)

    # --- faults

    def step(self, kind: str, path: Any, grows: bool | None = None) -> None:
        """Count one operation; raise or end the process where that was asked for."""
        self.operations.append((kind, str(path)))
        number = len(self.operations)
        if number == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.cut_at and number >= self.cut_at:
            raise PowerCut
        if number == self.fail_at:
            raise OSError(self.error, os.strerror(self.error), str(path))
        if self.full_from and number >= self.full_from and (kind in GROWS if grows is None else grows):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def _ours(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.path.abspath(path).startswith(self.folder)

    def _counted(self, kind: str, real: Any) -> Any:
        def operation(path: Any, *arguments: Any, **keywords: Any) -> Any:
            if self._ours(path) and "dir_fd" not in keywords:
                self.step(kind, path)
            return real(path, *arguments, **keywords)

        return operation

    def _open(self, path: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
        open_ = self.real[io, "open"]
        if not self._ours(path) or not set(mode) & set("wax+"):
            return open_(path, mode, *arguments, **keywords)
        self.step("open for writing", path, grows=not os.path.exists(path))
        before = Path(path).read_bytes() if os.path.exists(path) and "w" not in mode else None
        raw = _CountedFile(self, os.path.abspath(path), mode.replace("b", "").replace("t", ""))
        inode = os.fstat(raw.fileno()).st_ino
        if before is not None and inode not in self.written:
            self.durable.setdefault(inode, before)
        self.written.add(inode)
        if "b" in mode:
            return raw
        return io.TextIOWrapper(raw, keywords.get("encoding", "utf-8"), write_through=True)

    def _fsync(self, descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if path.startswith(self.folder):
            self.step("fsync", path)
            if os.path.isfile(path):
                self.durable[os.fstat(descriptor).st_ino] = Path(path).read_bytes()
        self.real[os, "fsync"](descriptor)

    # --- power

    def power_cut(self) -> None:
        """Leave of each file that was written what its last fsync saw, and nothing of one that had none.

        Names stay as they are: it is the order in which a disk does most harm, new names in front of no content.
        """
        for path in [path for path in Path(self.folder).rglob("*") if path.is_file()]:
            if (inode := path.stat().st_ino) in self.written:
                path.write_bytes(self.durable.get(inode, b""))


class _CountedFile(io.FileIO):
    """An unbuffered file whose writes are counted; a write that finds no room leaves half of itself behind."""

    def __init__(self, disk: FaultyDisk, path: str, mode: str):
        super().__init__(path, mode)
        self.disk, self.path = disk, path

    def write(self, data: Any) -> int:
        raw = bytes(data)
        size = os.fstat(self.fileno()).st_size
        room = -(-size // BLOCK) * BLOCK
        end = (size if self.mode.startswith("a") else self.tell()) + len(raw)
        try:
            self.disk.step("write", self.path, grows=end > room)
        except OSError:
            super().write(raw[: len(raw) // 2])
            raise
        written = super().write(raw)
        assert written == len(raw)
        return written
