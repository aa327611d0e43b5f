"""The trainer's voice and ears: status, events and log out; commands and SIGTERM in. Imports no torch.

One reporter belongs to one life of one run. It is asked between two steps (`listen`), never from another thread.
"""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from engine.messages.events import event_text
from engine.messages.failures import Ending
from engine.runs import files
from engine.runs.kinds import is_whole
from engine.runs.plain_files import opened
from engine.runs.process_identity import identity
from engine.runs.run_folder import RunFolder
from engine.runs.trainer_process import place

LOG_LIMIT = 8_000_000  # bytes; then the older half is dropped
LISTEN_EVERY = 0.1  # seconds between two looks at the commands folder
STATUS_EVERY = 1.0  # seconds between two status files
ENDING = ("stop", "kill")  # commands that end a life

Item = TypeVar("Item")


class Stopped(Exception):
    """Stop was asked for; raised between two steps, so that everything is in a state that can be saved.

    code: of the ending that says who asked.
    """

    def __init__(self, code: str):
        self.ending = Ending(code, {})
        super().__init__(self.ending.message)


class Reporter:
    """Writes what happens in one run and hears what it is told."""

    def __init__(
        self,
        folder: RunFolder,
        life: int,
        show: Callable[[str], None] = lambda line: None,
        watch: Callable[[dict], None] = lambda status: None,
    ):
        self.folder = folder
        self.show = show
        self.watch = watch
        self.status: dict[str, Any] = {
            key: value
            for key, value in folder.status().items()
            if key not in ("updated", "claimed", "reason", "ending", "ended", "format", "doing")
        }
        self.status |= identity() | {"life": life, "reason": "", "ended": None}
        self.status["place"] = place(folder.path, folder.lock_file)
        events = folder.events()
        self.sequence = max((event["seq"] for event in events), default=0)
        done: list[Any] = [
            (event.get("values") or {}).get("number") for event in events if event.get("kind") == "command"
        ]
        self.last_command = max((number for number in done if is_whole(number)), default=0)
        self.terminated = False
        self.orders: dict[str, Callable[[dict], None]] = {}
        self._listened = self._wrote = 0.0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._terminate)

    def _terminate(self, number: int, frame: object) -> None:
        self.terminated = True

    # --- out

    def state(self, state: str, reason: str = "", **changes: Any) -> None:
        """Move to a state; written at once and durably."""
        over = state in ("finished", "stopped", "failed")
        ended = time.time() if over else None
        self.status |= {"state": state, "reason": reason, "ended": ended, "doing": None} | changes
        self.folder.write_status(self.status, durable=True)
        self._wrote = time.monotonic()

    def last_words(self, ending: Ending, details: str) -> None:
        """Say that the run failed and why, as far as the disk still takes it."""
        reason = ending.message
        with suppress(OSError):
            self.log(details)
        with suppress(OSError):
            self.event("failed", reason=reason)
        self.status |= {"state": "failed", "reason": reason, "ending": ending._asdict(), "ended": time.time()}
        self.status["doing"] = None
        with suppress(OSError):
            self.folder.write_last_status(self.status)

    def update(self, at_once: bool = False, **changes: Any) -> None:
        """Change figures of the status; written at most once a second unless `at_once`."""
        self.status |= changes
        self.watch(self.status)
        if at_once or time.monotonic() - self._wrote >= STATUS_EVERY:
            self.folder.write_status(self.status)
            self._shorten_log()
            self._wrote = time.monotonic()

    def progress(self, text: str) -> None:
        """Tell what a long preparation is at, in log and status, and hear commands. Raises Stopped as `listen` does."""
        if text != self.status.get("doing"):
            self.log(text)
        self.update(doing=text)
        self.listen()

    def event(self, kind: str, **values: Any) -> None:
        """Record that something happened: a kind for programs, an English sentence for people, values for both."""
        where = {"iteration": self.status.get("iteration", 0), "epoch": self.status.get("epoch", 0)}
        text = event_text(kind, where | values)
        self.sequence += 1
        row = {"seq": self.sequence, "time": time.time(), **where, "kind": kind, "text": text, "values": values}
        files.append_line(self.folder.events_file, row)
        self.log(text)

    def log(self, text: str) -> None:
        """Add lines to log.txt; the older half goes when it has grown beyond its limit."""
        with opened(self.folder.log_file, "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {text}\n")
        self._shorten_log()
        self.show(text)

    def _shorten_log(self) -> None:
        """In place, as libraries that print into it keep appending; what they print is bounded too."""
        path = self.folder.log_file
        if not path.exists() or path.stat().st_size <= LOG_LIMIT:
            return
        with opened(path, "r+b") as file:
            dropped = file.seek(-LOG_LIMIT // 2, os.SEEK_END)
            dropped += len(file.readline(LOG_LIMIT))
            kept = file.read(LOG_LIMIT)
            file.seek(0)
            file.write(f"... {dropped:,} bytes of older lines were dropped here\n".encode() + kept)
            file.truncate()

    # --- in

    def listen(self) -> None:
        """Carry out new commands. Raises Stopped where one asks for that."""
        now = time.monotonic()
        if self.terminated:
            self._hear_who_ends_us()
            raise Stopped("stopped_by_system")
        if now - self._listened < LISTEN_EVERY:
            return
        self._listened = now
        for order in self.folder.pending(self.last_command):
            self._obey(order)
        self.update()

    def between(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, one by one, of a preparation: stop and pause are heard between them, and nothing else is obeyed.

        Raises Stopped as `listen` does.
        """
        before = self.orders
        self.orders = {name: order for name, order in before.items() if name in ("stop", "pause")}
        try:
            for item in items:
                self.listen()
                yield item
        finally:
            self.orders = before

    def _hear_who_ends_us(self) -> None:
        """The page leaves a word before it ends a process. Raises Stopped where there is one."""
        for order in self.folder.pending(self.last_command):
            if order.get("command") in ENDING and order.get("life") == self.status["life"]:
                self._obey(order)

    def _obey(self, order: dict) -> None:
        self.last_command = order["number"]
        command, about = order["command"], {"number": order["number"], "command": order["command"]}
        if command == "kill":
            if order.get("life") == self.status["life"]:  # an earlier attempt was ended without hearing it
                self.event("command", **about, done=True, why="")
                raise Stopped("stopped_from_page")
        elif order.get("life") != self.status["life"]:
            why = "it was meant for an earlier attempt of this run"
            self.event("command", **about, done=False, why=why)
        elif command not in self.orders:
            why = f"it does not apply while the run is {self.status['state']}"
            self.event("command", **about, done=False, why=why)
        else:
            self.event("command", **about, done=True, why="")
            try:
                self.orders[command](order.get("arguments") or {})
            except ValueError as error:
                self.event("warning", why=f"command {command} failed: {error}")

    def pause(self, arguments: dict) -> None:
        """Wait until a resume command comes; everything else is still obeyed meanwhile."""
        before = self.orders
        waiting = [True]
        self.orders = {name: order for name, order in before.items() if name not in ("pause", "next_stage")}
        self.orders["resume"] = lambda _: waiting.clear()
        self.state("paused")
        try:
            while waiting:
                time.sleep(LISTEN_EVERY)
                self.listen()
        finally:
            self.orders = before
        self.state("running")

    def stop(self, arguments: dict) -> None:
        """End the run at this point."""
        raise Stopped("stopped_by_you")
