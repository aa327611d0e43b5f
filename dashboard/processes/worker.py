"""The client of `python -m engine serve`: what needs torch is asked of a plain subprocess, one job at a time.

JSON lines on pipes: {"id", "kind", "arguments", "mark"} goes out (the mark comes back on standard error, so that the
last words of a process are those of its last job); {"id", "progress", "text"} lines and then {"id", "result"} or
{"id", "error"} (with "coded", see engine/worker/serve.py) come back. The process starts with the first job, ends when
idle, and is replaced when it hangs or dies. It outlives jobs that are cancelled, as importing torch takes seconds.
"""

import json
import math
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from dashboard.json_answer import number

IDLE = 300.0  # seconds without a job after which the process ends
GRACE = 2.0  # seconds that the process may take to be done with a job that was cancelled; then it is ended
JOBS_KEPT = 100
MOST_WAITING = 20
LAST_WORDS = 20  # lines of stderr that become part of the error when the process dies
ENDED = ("done", "failed", "cancelled")


@dataclass
class Job:
    """One question and how far its answer is. state: waiting, running, done, failed or cancelled."""

    id: int
    kind: str
    arguments: dict[str, Any]
    limit: float  # seconds
    until: float = math.inf  # when its process is ended, on the monotonic clock
    state: str = "waiting"
    progress: float = 0.0
    text: str = ""
    result: Any = None
    error: str | None = None
    coded: dict[str, Any] | None = None  # code and values of the error, for other languages, where it has them
    over: threading.Event = field(default_factory=threading.Event)

    def as_dict(self) -> dict[str, Any]:
        """As /api/jobs answers it, where `coded` is called `told`."""
        keys = ("id", "kind", "state", "progress", "text", "result", "error")
        return {key: getattr(self, key) for key in keys} | {"told": self.coded}

    def end(self, state: str, result: Any = None, error: str | None = None) -> None:
        """The first end counts."""
        if self.state not in ENDED:
            self.state, self.result, self.error = state, result, error
            self.over.set()


class Worker:
    """Takes jobs at any time and works them off one after the other, in a process of its own."""

    def __init__(self, command: Sequence[str], folder: Path, idle: float = IDLE, grace: float = GRACE):
        self.command, self.folder, self.idle, self.grace = list(command), folder, idle, grace
        self.jobs: OrderedDict[int, Job] = OrderedDict()
        self.waiting: queue.Queue[Job | None] = queue.Queue()
        self.numbers = count(time.time_ns() // 1_000_000)  # an open page may ask for those before a restart
        self.lock = threading.Lock()
        self.server: Server | None = None
        self.thread: threading.Thread | None = None
        self.closed = False

    def submit(self, kind: str, arguments: dict[str, Any], limit: float) -> Job:
        """Queue a job. Raises ValueError if too many are waiting already."""
        with self.lock:
            if self.closed or sum(job.state == "waiting" for job in self.jobs.values()) >= MOST_WAITING:
                raise ValueError(f"{MOST_WAITING} jobs are already waiting; let some finish first")
            job = Job(next(self.numbers), kind, arguments, limit)
            self.jobs[job.id] = job
            for old in [old for old in self.jobs.values() if old.state in ENDED][: max(0, len(self.jobs) - JOBS_KEPT)]:
                del self.jobs[old.id]
            if self.thread is None or not self.thread.is_alive():
                self.thread = threading.Thread(target=self._work, name="worker", daemon=True)
                self.thread.start()
        self.waiting.put(job)
        return job

    def ask(self, kind: str, arguments: dict[str, Any], limit: float) -> Job:
        """Submit a job and wait for its end. Raises ValueError if too many are waiting already."""
        job = self.submit(kind, arguments, limit)
        job.over.wait()
        return job

    def cancel(self, job: Job) -> None:
        """End a job: what its process has started is ended, the process itself if it is not done soon."""
        with self.lock:
            running = job.state == "running"
            job.end("cancelled")
            if running and self.server is not None and self.server.has_answered:  # else it is still importing torch
                self._hurry(job, self.server)

    def _hurry(self, job: Job, server: "Server") -> None:
        """With the lock held, so that nothing of the next job is ended."""
        job.until = min(job.until, time.monotonic() + self.grace)
        server.hurry()

    def close(self) -> None:
        """End the process and the queue. Jobs that were not done are cancelled."""
        with self.lock:
            self.closed = True
            jobs = list(self.jobs.values())
        for job in jobs:
            self.cancel(job)
        self._stop_server()
        self.waiting.put(None)
        if self.thread is not None:
            self.thread.join(timeout=5)

    def _work(self) -> None:
        while True:
            try:
                job = self.waiting.get(timeout=self.idle if self.server else None)
            except queue.Empty:
                self._stop_server()
                continue
            if job is None:
                self._stop_server()
                return
            self._answer(job)

    def _answer(self, job: Job) -> None:
        """One job from the queue to its end."""
        try:
            with self.lock:
                if job.state != "waiting":
                    return
                job.state, job.until = "running", time.monotonic() + job.limit
                if self.server is None or not self.server.lives():
                    self.server = Server(self.command, self.folder)
                server = self.server
            server.ask({"id": job.id, "kind": job.kind, "arguments": job.arguments})
            self._listen(job, server)
        except (OSError, ValueError) as error:  # ValueError: its pipe was closed this very moment
            self._fail(job, f"the worker process could not be used: {getattr(error, 'strerror', None) or error}")

    def _listen(self, job: Job, server: "Server") -> None:
        """Listen until the process is done with the job, even if it was cancelled meanwhile, or its time is up."""
        while (answer := server.next_answer(job.until)) is not None:
            if answer.get("id") == job.id and self._take(job, server, answer):
                return
        late = f"it took longer than {job.limit:.0f} seconds and was ended"
        self._fail(job, late if server.lives() else server.last_words())

    def _take(self, job: Job, server: "Server", answer: dict[str, Any]) -> bool:
        """Take an answer, unless the job has ended. True if it is the last one to this job."""
        is_last = "error" in answer or "result" in answer
        with self.lock:
            if job.state != "running":
                if not is_last:
                    self._hurry(job, server)
            elif "error" in answer:
                job.coded = answer["coded"] if isinstance(answer.get("coded"), dict) else None
                job.end("failed", error=str(answer["error"]))
            elif "result" in answer:
                job.progress = 1.0
                job.end("done", result=answer["result"])
            else:
                job.progress, job.text = number(answer.get("progress")), str(answer.get("text") or "")
        return is_last

    def _fail(self, job: Job, why: str) -> None:
        """The process is of no more use: it hangs or is gone."""
        with self.lock:
            job.end("failed", error=why)
        self._stop_server()

    def _stop_server(self) -> None:
        with self.lock:
            server, self.server = self.server, None
        if server is not None:
            server.kill()


class Server:
    """One process of `engine serve`, its answers and its last words."""

    def __init__(self, command: list[str], folder: Path):
        # One thread: whatever is asked for here, a training on the same machine is more important.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        flags: dict[str, Any] = {"start_new_session": True}
        polite = 10
        if sys.platform == "win32":
            flags, polite = {"creationflags": subprocess.CREATE_NO_WINDOW}, psutil.BELOW_NORMAL_PRIORITY_CLASS
        self.process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **flags)  # fmt: skip
        with suppress(psutil.Error):
            psutil.Process(self.process.pid).nice(polite)
        self.command, self.has_answered = command, False
        self.answers: queue.Queue[dict | None] = queue.Queue()
        self.errors: deque[str] = deque(maxlen=LAST_WORDS)
        self.mark: str | None = None  # of the present job
        self.marked = True  # whether what stands in `errors` is of this job; before the first, it is of the start
        self.readers = [threading.Thread(target=work, daemon=True) for work in (self._read_answers, self._read_errors)]
        for reader in self.readers:
            reader.start()

    def ask(self, question: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.marked, self.mark = self.mark is None, f"job {question['id']} {secrets.token_hex(4)}"
        self.process.stdin.write(json.dumps(question | {"mark": self.mark}).encode() + b"\n")
        self.process.stdin.flush()

    def next_answer(self, until: float) -> dict | None:
        """The next answer, {} after `hurry`; None if the process ended or said nothing until then."""
        try:
            return self.answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None

    def hurry(self) -> None:
        """End what the process has started, and wake whoever waits for an answer."""
        for child in self._children():
            with suppress(psutil.Error):
                if child.cmdline()[1:] != self.command[1:]:  # on Windows, a virtual environment's Python starts another
                    child.kill()
        self.answers.put({})

    def _children(self) -> list[psutil.Process]:
        with suppress(psutil.Error):
            return psutil.Process(self.process.pid).children(recursive=True)
        return []

    def lives(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        """Why it ended, as far as it said so."""
        self.readers[1].join(timeout=1)
        said = "\n".join(self.errors) if self.marked else ""
        return f"the worker process ended (exit code {self.process.poll()})" + (f":\n{said}" if said else "")

    def kill(self) -> None:
        """End the process and what it started."""
        for child in self._children():
            with suppress(psutil.Error):
                child.kill()
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def _read_answers(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with suppress(ValueError):  # a library that prints is no answer
                    answer = json.loads(line)
                    if isinstance(answer, dict):
                        self.has_answered = True
                        self.answers.put(answer)
        self.process.wait()
        self.answers.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                said = line.decode("utf-8", errors="replace").rstrip()[:500]
                if said == self.mark:
                    self.errors.clear()
                    self.marked = True
                else:
                    self.errors.append(said)
