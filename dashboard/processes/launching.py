"""How the dashboard starts `python -m engine` as a process that outlives it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]  # where `-m engine` is found
ENGINE = [sys.executable, "-m", "engine"]


def launch(command: Sequence[str], **streams: Any) -> subprocess.Popen:
    """A process in a session of its own. Raises OSError if it cannot be started."""
    return subprocess.Popen(command, cwd=ROOT, env=_environment(), **streams, **_detached())


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def _detached() -> dict[str, Any]:
    """Outside our session and console, so that Ctrl+C and closing the terminal do not reach it."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
