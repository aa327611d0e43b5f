"""The routes of saved runs: what there is, what each one did, its files, its notes, and commands to its trainer."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from dashboard.json_answer import Json
from dashboard.routes.dependencies import Run, RunsDir, RunSummaries, RunTails
from dashboard.routes.json_lines_tail import MOST_BYTES, MOST_EPOCHS, MOST_EVENTS, Tails
from dashboard.routes.run_description import checkpoints_of, description, offered_file
from engine.runs import all_runs, baselines, example_run, trash
from engine.runs.file_kinds import LONGEST_LABEL, LONGEST_NOTES, LONGEST_TAG, MOST_TAGS
from engine.runs.status_schema import ACTIVE

MOST_RUNS = 5000  # of one answer: the newest
# Should a browser open a file in spite of `attachment`, nothing in it runs.
DOWNLOAD_POLICY = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store"}
LONGEST_LOG_ANSWER = 65536  # bytes
router = APIRouter()


class Notes(BaseModel):
    """What a person says of a run."""

    model_config = ConfigDict(extra="forbid")
    label: str | None = Field(None, max_length=LONGEST_LABEL)
    notes: str | None = Field(None, max_length=LONGEST_NOTES)
    tags: list[Annotated[str, Field(max_length=LONGEST_TAG)]] | None = Field(None, max_length=MOST_TAGS)


class Command(BaseModel):
    model_config = ConfigDict(extra="forbid")
    command: str = Field(max_length=40)
    arguments: dict[str, Any] = {}


@router.get("/runs")
def every_run(runs_dir: RunsDir, summaries: RunSummaries, ids: str = "") -> Json:
    wanted = set(ids.split(",")) if ids else None
    folders = [folder for folder in all_runs.all_runs(runs_dir) if wanted is None or folder.id in wanted]
    shown = [summaries.of(folder) for folder in folders[:MOST_RUNS]]
    example = example_run.ID if example_run.is_there(runs_dir) else None
    return Json({"runs": shown, "example": example, "left_out": len(folders) - len(shown)})


@router.get("/runs/{run_id}")
def one_run(run: Run, tails: RunTails) -> Json:
    return Json(description(run, tails))


@router.get("/runs/{run_id}/epochs")
def epochs(run: Run, tails: RunTails) -> Json:
    return Json(_newest(run.epochs_file, tails, "epochs", MOST_EPOCHS))


@router.get("/runs/{run_id}/events")
def events(run: Run, tails: RunTails) -> Json:
    return Json(_newest(run.events_file, tails, "events", MOST_EVENTS))


@router.get("/runs/{run_id}/result")
def result(run: Run) -> Json:
    found = run.result()
    if found is None:
        raise HTTPException(404, "this run has no result yet; it is written when the run ends")
    return Json(baselines.completed(found))


@router.get("/runs/{run_id}/checkpoints")
def checkpoints(run: Run) -> Json:
    return Json(checkpoints_of(run))


@router.get("/runs/{run_id}/log")
def log(run: Run, after: int = 0) -> Json:
    text, following, left_out = run.log(max(0, after), LONGEST_LOG_ANSWER)
    return Json({"text": text, "next": following, "left_out": left_out})


@router.get("/runs/{run_id}/files/{name:path}")
def file(run: Run, name: str) -> FileResponse:
    path = offered_file(run, name)
    if path is None:
        raise HTTPException(404, "this run has no such file")
    shown = f"{run.id}-{name.replace('/', '-')}"
    return FileResponse(path, media_type="application/octet-stream", filename=shown, headers=DOWNLOAD_POLICY)


@router.patch("/runs/{run_id}")
def annotate(run: Run, notes: Notes) -> Json:
    try:
        run.write_notes(notes.model_dump(exclude_none=True))
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    return Json(run.notes())


@router.post("/runs/{run_id}/commands")
def command(run: Run, order: Command) -> Json:
    if run.status()["state"] not in ACTIVE:
        raise HTTPException(409, f"run {run.id} is not active, so it cannot take {order.command!r}")
    try:
        return Json({"number": run.send(order.command, order.arguments)}, 202)
    except ValueError as error:
        raise HTTPException(400, str(error)) from error


@router.delete("/runs/{run_id}")
def delete(run: Run) -> Response:
    try:
        trash.delete(run)
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    return Response(status_code=204)


@router.post("/runs/{run_id}/restore")
def restore(run_id: str, runs_dir: RunsDir) -> Json:
    try:
        return Json({"id": trash.restore(runs_dir, run_id).id})
    except ValueError:
        raise HTTPException(404, f"run {run_id[:40]!r} is not in the trash") from None


@router.get("/trash")
def trash_contents(runs_dir: RunsDir) -> Json:
    return Json(trash.contents(runs_dir))


@router.delete("/trash")
def empty_trash(runs_dir: RunsDir) -> Json:
    trash.empty(runs_dir)
    return Json(trash.contents(runs_dir))


def _newest(path: Path, tails: Tails, name: str, most: int) -> dict[str, Any]:
    """The newest rows of a file, and how many others are left out."""
    rows, left_out = tails.of(path, None).newest(lambda row: True, most, MOST_BYTES)
    return {name: rows, "left_out": left_out}
