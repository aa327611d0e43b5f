"""Growing files of JSON lines, each line parsed once however often the page asks."""

import threading
from collections import OrderedDict
from pathlib import Path

from engine.runs.file_kinds import is_epoch, is_event
from engine.runs.json_lines import JsonLines
from engine.runs.kinds import is_table

FILES_KEPT = 200
BYTES_KEPT = 64 << 20  # of all files, as they are on disk
MOST_EVENTS, MOST_EPOCHS = 2000, 10_000  # of one answer: the newest
MOST_BYTES = 2 << 20  # of either, as they are on disk
ROWS = {"epochs.jsonl": is_epoch, "events.jsonl": is_event}


class Tails:
    """The files that were asked for lately. `life` is part of their name: a resumed run starts its files over."""

    def __init__(self, keep: int = FILES_KEPT):
        self.keep = keep
        self.known: OrderedDict[tuple[Path, object], JsonLines] = OrderedDict()
        self.lock = threading.Lock()

    def of(self, path: Path, life: object) -> JsonLines:
        with self.lock:
            lines = self.known.setdefault((path, life), JsonLines(path, ROWS.get(path.name, is_table)))
            self.known.move_to_end((path, life))
            while len(self.known) > 1 and (len(self.known) > self.keep or self._bytes() > BYTES_KEPT):
                self.known.popitem(last=False)
        return lines

    def _bytes(self) -> int:
        return sum(lines.size for lines in self.known.values())
