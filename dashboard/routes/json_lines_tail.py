"""Growing files of JSON lines, each line parsed once however often the page asks."""

import json
import threading
from collections import OrderedDict
from pathlib import Path

FILES_KEPT = 200


class Tail:
    """Rows of one file. A file that was replaced or cut is read again from its start."""

    def __init__(self, path: Path):
        self.path = path
        self.lock = threading.Lock()
        self._restart(None)

    def _restart(self, file_number: int | None) -> None:
        self.file_number, self.offset = file_number, 0
        self.parsed: list[dict] = []

    def rows(self) -> list[dict]:
        """Every whole row so far; damaged lines are left out."""
        with self.lock:
            try:
                about = self.path.stat()
            except FileNotFoundError:
                self._restart(None)
                return []
            if about.st_ino != self.file_number or about.st_size < self.offset:
                self._restart(about.st_ino)
            if about.st_size > self.offset:
                with open(self.path, "rb") as file:
                    file.seek(self.offset)
                    raw = file.read()
                whole = raw[: raw.rfind(b"\n") + 1]  # a line that is still being written waits for the next call
                self.offset += len(whole)
                self.parsed += [row for row in map(_row, whole.splitlines()) if row is not None]
            return self.parsed


class Tails:
    """The files that were asked for lately. `life` is part of their name: a resumed run starts its files over."""

    def __init__(self, keep: int = FILES_KEPT):
        self.keep = keep
        self.known: OrderedDict[tuple[Path, object], Tail] = OrderedDict()
        self.lock = threading.Lock()

    def rows(self, path: Path, life: object) -> list[dict]:
        with self.lock:
            tail = self.known.setdefault((path, life), Tail(path))
            self.known.move_to_end((path, life))
            while len(self.known) > self.keep:
                self.known.popitem(last=False)
        return tail.rows()


def _row(line: bytes) -> dict | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
