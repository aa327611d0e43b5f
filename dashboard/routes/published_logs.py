"""The route that opens a preset's published log as a run, to be looked at and compared with runs of one's own."""

import threading
from pathlib import Path

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dashboard.json_answer import Json
from dashboard.routes.dependencies import PresetsDir, RunsDir
from engine.config import presets
from engine.messages.failures import in_words
from engine.published import imported_log
from engine.runs import all_runs, run_folder

OPENING = threading.Lock()  # two clicks make one run
router = APIRouter()


class Wish(BaseModel):
    """preset: the name of a preset whose `about` names its published_log, a file beside it."""

    model_config = ConfigDict(extra="forbid")
    preset: str = Field(max_length=200)


@router.post("/published-log")
def open_log(wish: Wish, runs_dir: RunsDir, presets_dir: PresetsDir) -> Json:
    try:
        log = find_log(wish.preset, presets_dir)
        with OPENING:
            folder = imported(runs_dir, log) or imported_log.import_log(log, runs_dir)
    except (ValueError, OSError) as error:
        raise HTTPException(409, in_words(error)) from error
    return Json({"id": folder.id}, 201)


def find_log(preset: str, folder: Path) -> Path:
    """The file with the log that a preset tells of. Raises ValueError if there is none."""
    about = presets.read(preset, folder)[1] if preset in presets.names(folder) else {}
    name = about.get("published_log") if isinstance(about, dict) else None
    path = (folder / preset).parent / Path(str(name)).name  # beside the preset and nowhere else
    if not name or not path.is_file():
        raise ValueError(f"preset {preset[:60]!r} has no published log")
    return path


def imported(runs_dir: Path, log: Path) -> run_folder.RunFolder | None:
    """The run that was made of this log before, if it is still there."""
    return next((folder for folder in all_runs.all_runs(runs_dir) if folder.status().get("imported") == log.name), None)
