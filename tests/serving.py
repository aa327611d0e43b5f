"""A real dashboard as a process of its own, and requests to it as a script would send them."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from dashboard.processes.training_processes import running
from tests.forked_processes import Life, Nursery

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


@contextmanager
def forked_dashboard(pages: Nursery, runs: Path) -> Iterator[tuple[str, Life]]:
    """The same from a nursery of dashboards, which takes a tenth of the time."""
    with tempfile.TemporaryDirectory() as place:
        log = Path(place) / "page.txt"
        page = Life(pages, pages.start("--port", 0, "--runs", runs, "--data", runs.parent / "data", log=log))
        try:
            until = time.monotonic() + 60
            while "Thaw is at" not in (said := log.read_text(encoding="utf-8") if log.exists() else ""):
                assert page.poll() is None and time.monotonic() < until, f"the dashboard did not start: {said!r}"
                time.sleep(0.02)
            yield said.split()[3], page
        finally:
            page.kill()
            page.wait()


def end_trainings(runs: Path) -> None:
    """Trainings outlive their page; leave none of them behind."""
    for pid in running(runs):
        if pid != os.getpid():
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()


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
