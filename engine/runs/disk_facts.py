"""What is known of the disk on which a file could not be written: which one, how much is free, how much is needed."""

import os
import shutil
from pathlib import Path

from engine.messages.causes import file_of, size_in_words
from engine.runs import files
from engine.runs.run_folder import RunFolder


def disk_facts(error: BaseException, folder: RunFolder) -> dict[str, str]:
    """file, disk and free, and needed where a checkpoint tells it; {} where the error is not of a file."""
    if not isinstance(error, OSError):
        return {}
    path = Path(file_of(error) or folder.path)
    facts = {"file": str(path)}
    try:
        disk = _disk_of(path.absolute())
        facts |= {"disk": str(disk), "free": size_in_words(shutil.disk_usage(disk).free)}
        needed = getattr(error, "needed", 0) or _last_checkpoint(folder)  # the first is said by who writes checkpoints
        return facts | ({"needed": size_in_words(needed)} if needed else {})
    except OSError:
        return facts


def _last_checkpoint(folder: RunFolder) -> int:
    """Bytes; 0 where there is none."""
    saved = folder.checkpoint_list()
    return files.size(saved[-1].path) if saved else 0


def _disk_of(path: Path) -> Path:
    """Where the disk that holds a path begins."""
    while not path.exists() or not os.path.ismount(path):
        if path == path.parent:
            break
        path = path.parent
    return path
