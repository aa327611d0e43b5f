"""Forked processes for tests that end many of them: a process that has imported everything once forks a child per life.

A training or a dashboard that is started this way lives within a tenth of a second instead of many.

    with Nursery("engine") as nursery:
        pid = nursery.start("resume", folder.path, log=folder.log_file)
"""

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Nursery:
    """kind: `engine` (words: run or resume, folder) or `dashboard` (words: its arguments). Linux and macOS only."""

    def __init__(self, kind: str):
        self.kind = kind

    def __enter__(self) -> "Nursery":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked_processes", self.kind], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}, text=True, encoding="utf-8",
        )  # fmt: skip
        assert self._answer() == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(30)

    def start(self, *words: object, log: Path) -> int:
        """The process id of a new life; what it prints goes to the end of `log`."""
        self._ask("start", log, *words)
        return int(self._answer())

    def wait(self, pid: int) -> int:
        """How a life ended, as subprocess tells it: an exit code, or minus a signal."""
        self._ask("wait", pid)
        return int(self._answer())

    def poll(self, pid: int) -> int | None:
        """The same if the life is over; None while it goes on."""
        self._ask("poll", pid)
        answer = self._answer()
        return int(answer) if answer else None

    def kill(self, pid: int) -> int:
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def _ask(self, *words: object) -> None:
        self.process.stdin.write("\0".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def _answer(self) -> str:
        return self.process.stdout.readline().strip()


class Life:
    """A life of a nursery with the manners of a subprocess.Popen."""

    def __init__(self, nursery: Nursery, pid: int):
        self.nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.nursery.poll(self.pid)
        return self.returncode

    def wait(self, timeout: float = 120.0) -> int:
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            assert time.monotonic() < until, f"process {self.pid} did not end within {timeout:.0f} s"
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def engine() -> Callable[[list[str]], int]:
    import torch

    from engine.config.differences import resolve
    from engine.process import run_process
    from engine.runs.run_folder import RunFolder
    from engine.training import data_split
    from engine.training.build_model import build_model

    torch.set_num_threads(1)
    data_split.load_data(resolve({"data": {"name": "digits", "limit": 20}, "validation": "test"}), Path("/nowhere"))
    build_model(resolve({"model": {"depth": 8}, "attention": "cbam"}), 1, 10, 16)

    def live(words: list[str]) -> int:
        state = run_process.train_run(RunFolder(Path(words[1])), Path(words[1]).parent, resume=words[0] == "resume")
        return 0 if state in ("finished", "stopped") else 1

    return live


def dashboard() -> Callable[[list[str]], int]:
    from dashboard import __main__ as page

    return page.main


def main() -> None:
    live = {"engine": engine, "dashboard": dashboard}[sys.argv[1]]()
    print("ready", flush=True)
    lives = set()
    for line in sys.stdin:
        kind, *words = line.rstrip("\n").split("\0")
        if kind in ("wait", "poll"):
            ended, status = os.waitpid(int(words[0]), os.WNOHANG if kind == "poll" else 0)
            lives.discard(ended)
            print(os.waitstatus_to_exitcode(status) if ended else "", flush=True)
        else:
            pid = os.fork()
            if pid == 0:
                os._exit(_child(live, *words))
            lives.add(pid)
            print(pid, flush=True)
    for pid in lives:  # what a test that failed has left running
        os.kill(pid, signal.SIGKILL)


def _child(live: Callable[[list[str]], int], log: str, *words: str) -> int:
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in (1, 2):
        os.dup2(output, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        return live(list(words)) or 0
    except BaseException:
        traceback.print_exc()
        return 3
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    main()
