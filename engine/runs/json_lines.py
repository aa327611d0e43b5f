"""Growing files of JSON lines, within limits: each line is parsed once, and what is left out is counted."""

import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engine.runs import json_text
from engine.runs.plain_files import opened

LARGEST = 8 << 20  # bytes of one file that are read and held: its end
LONGEST = 256 << 10  # bytes of a line
CHUNK = 1 << 20  # bytes read at a time


class LeftOut(NamedTuple):
    """What of a file is not among its rows: damaged lines, and bytes at its beginning beyond the limit."""

    lines: int
    bytes: int


class JsonLines:
    """Rows of one file, oldest first. A file that was replaced or cut is read again from its start.

    is_row: whether a table is what stands in such a file; other lines are damaged.
    """

    def __init__(self, path: Path, is_row: Callable[[dict], bool] = lambda row: True):
        self.path, self.is_row = path, is_row
        self.lock = threading.Lock()
        self._restart(None)

    def _restart(self, file_number: int | None) -> None:
        self.file_number, self.offset = file_number, 0
        self.held: deque[tuple[dict, int]] = deque()  # rows, and the bytes that each took
        self.size = self.bad = self.skipped = 0
        self.unfinished = b""  # a line that is still being written waits for the next call
        self.is_amid = False  # whether reading went on in the middle of a line

    def read(self) -> LeftOut:
        """What of the file, as it is now, is not among its rows."""
        with self.lock:
            self._catch_up()
            return LeftOut(self.bad, self.skipped)

    def rows(self) -> list[dict]:
        """Every whole row so far; none where the file cannot be opened."""
        with self.lock:
            self._catch_up()
            return [row for row, _ in self.held]

    def newest(self, is_news: Callable[[dict], bool], most_rows: int, most_bytes: int) -> tuple[list[dict], int]:
        """The rows at the end that are news, and how many older ones of them are left out, as an answer has limits."""
        with self.lock:
            self._catch_up()
            found: list[dict] = []
            news = size = 0
            for row, length in reversed(self.held):
                if not is_news(row):
                    break
                news, size = news + 1, size + length
                if news <= most_rows and (size <= most_bytes or news == 1):
                    found.append(row)
            return found[::-1], news - len(found)

    def _catch_up(self) -> None:
        try:
            file = opened(self.path)
        except OSError:  # gone, a link, or not to be read: the run says so elsewhere
            self._restart(None)
            return
        with file:
            about = os.fstat(file.fileno())
            if about.st_ino != self.file_number or about.st_size < self.offset:
                self._restart(about.st_ino)
            if about.st_size - self.offset > LARGEST:
                self._skip_to(about.st_size - LARGEST)
            file.seek(self.offset)
            while self.offset < about.st_size and (chunk := file.read(CHUNK)):
                self.offset += len(chunk)
                self._take(chunk)

    def _skip_to(self, place: int) -> None:
        self.skipped += self.size + len(self.unfinished) + place - self.offset
        self.held.clear()
        self.size, self.offset, self.unfinished = 0, place, b""
        self.is_amid = True

    def _take(self, chunk: bytes) -> None:
        *lines, self.unfinished = (self.unfinished + chunk).split(b"\n")
        if self.is_amid and lines:
            self.skipped += len(lines.pop(0)) + 1
            self.is_amid = False
        for line in lines:
            self._add(line)
        if len(self.unfinished) > LONGEST:  # no need to hold what will be refused
            self.unfinished = self.unfinished[: LONGEST + 1]
        while self.size > LARGEST:
            _, length = self.held.popleft()
            self.size, self.skipped = self.size - length, self.skipped + length

    def _add(self, line: bytes) -> None:
        row = row_of(line)
        if row is not None and self.is_row(row):
            self.held.append((row, len(line) + 1))
            self.size += len(line) + 1
        elif line.strip():
            self.bad += 1


def row_of(line: bytes) -> dict | None:
    """The table in a line; None where it holds something else or is too long."""
    if len(line) > LONGEST:
        return None
    try:
        row = json_text.parse(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
