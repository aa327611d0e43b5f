"""Stands in for `python -m engine` in tests: `fake_trainer.py engine run FOLDER --data DIR` trains nothing.

What it does stands in FOLDER/play: `live` (until it is told to end), `deaf` (to SIGTERM, with a child that is deaf
too), `exit N` (before it says a word), `finish`. Like a trainer it holds the lock of the run.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock

from engine.runs.process_identity import identity
from engine.runs.run_folder import RunFolder
from engine.runs.trainer_process import place

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def main() -> int:
    _, _, word, path, *rest = sys.argv
    folder = RunFolder(Path(path))
    play, *number = (folder.path / "play").read_text(encoding="utf-8").split()
    print(f"{word} {play} {rest}")
    if play == "exit":
        return int(number[0])
    children = []
    if play == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        children.append(subprocess.Popen([sys.executable, "-c", DEAF]).pid)
    lock = FileLock(folder.lock_file)
    lock.acquire(timeout=0)
    who = identity() | {"place": place(folder.path, folder.lock_file)}
    status = folder.status() | who | {"state": "running", "session": os.getsid(0), "children": children}
    with open(folder.path / "starts", "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    folder.write_status(status)
    if play != "finish":
        time.sleep(600)
    folder.write_status(status | {"state": "finished"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
