"""What the routes work on. The app holds it in `app.state`; a handler names what it needs by these annotations."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request

from dashboard.processes.spare_trainer import SpareTrainer
from dashboard.processes.worker import Worker
from dashboard.routes.json_lines_tail import Tails
from dashboard.routes.summaries import Summaries
from engine.runs import all_runs, example_run
from engine.runs.run_folder import RunFolder


def provide(
    app: FastAPI,
    *,
    runs_dir: Path,
    presets_dir: Path,
    data_dir: Path,
    worker: Worker,
    spare_trainer: SpareTrainer | None = None,
) -> None:
    """Give an app what its routes work on."""
    app.state.runs_dir, app.state.presets_dir, app.state.data_dir = runs_dir, presets_dir, data_dir
    app.state.worker, app.state.spare_trainer = worker, spare_trainer
    app.state.summaries, app.state.tails = Summaries(), Tails()


def find_run(runs_dir: Path, run_id: str, to_read: bool = True) -> RunFolder:
    """The run, or the answer 404: the same for a name that is not a run, a path, and a link.

    The example that ships with Thaw is found from any folder of runs, but changed only in its own.
    """
    try:
        return (example_run.find_to_read if to_read else all_runs.find)(runs_dir, run_id)
    except (ValueError, OSError):
        if not to_read and run_id == example_run.ID:
            words = f"Run {run_id} ships with Thaw and is not in this runs folder: it can be viewed, not changed"
            raise HTTPException(409, words) from None
        raise HTTPException(404, f"No run {run_id[:40]!r} in this runs folder") from None


def _state(name: str) -> Any:
    async def read(request: Request) -> Any:  # async: FastAPI would run a plain function in a thread
        return getattr(request.app.state, name)

    return Depends(read)


RunsDir = Annotated[Path, _state("runs_dir")]
PresetsDir = Annotated[Path, _state("presets_dir")]
DataDir = Annotated[Path, _state("data_dir")]
EngineWorker = Annotated[Worker, _state("worker")]
Spare = Annotated[SpareTrainer | None, _state("spare_trainer")]
RunSummaries = Annotated[Summaries, _state("summaries")]
RunTails = Annotated[Tails, _state("tails")]


def _run(run_id: str, runs_dir: RunsDir, request: Request) -> RunFolder:
    return find_run(runs_dir, run_id, to_read=request.method == "GET")


Run = Annotated[RunFolder, Depends(_run)]
"""The run that `{run_id}` in the path names."""
