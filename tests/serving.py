"""A real dashboard as a process of its own, and requests to it as a script would send them."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from dashboard.processes.training_processes import running

ROOT = Path(__file__).parent.parent


@contextmanager
def dashboard(runs: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """The address (ending in /) and the process of a dashboard over `runs`."""
    folders = ["--runs", str(runs), "--data", str(runs.parent / "data")]
    command = [sys.executable, "-m", "dashboard", "--port", "0", *folders]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("Thaw is at "), f"the dashboard did not start: {line!r}"
            yield line.removeprefix("Thaw is at ").strip(), process
        finally:
            process.kill()


def end_trainings(runs: Path) -> None:
    """Trainings outlive their page; leave none of them behind."""
    for trainer in map(psutil.Process, running(runs)):
        if trainer.pid != os.getpid():
            trainer.kill()


@contextmanager
def dashboard_and_trainings(runs: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A dashboard whose trainings end with it, whatever happens."""
    with dashboard(runs) as served:
        try:
            yield served
        finally:
            end_trainings(runs)


def ask(address: str, route: str, body: Any = None, method: str | None = None) -> Any:
    """The JSON answer of a route; None where there is nothing new (204)."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address + route, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or "null")
