"""The routes of saved runs: what there is, what each one did, its files, its notes, and commands to its trainer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from dashboard.json_answer import Json
from dashboard.routes.dependencies import Run, RunsDir, RunSummaries
from engine.config import config_drift, differences
from engine.config.yaml_files import read_mapping
from engine.runs import all_runs, baselines, example_run, files, series, trash
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE

OFFERED = ("config.yaml", "changes.yaml", "trained_with.json", "edits.yaml", "environment.json", "data.json",
           "epochs.jsonl", "events.jsonl", "result.json", "log.txt")  # fmt: skip
# Should a browser open a file in spite of `attachment`, nothing in it runs.
DOWNLOAD_POLICY = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "no-store"}
LONGEST_LOG_ANSWER = 65536  # bytes
router = APIRouter()


class Notes(BaseModel):
    """What a person says of a run."""

    model_config = ConfigDict(extra="forbid")
    label: str | None = Field(None, max_length=200)
    notes: str | None = Field(None, max_length=20_000)
    tags: list[str] | None = Field(None, max_length=50)


class Command(BaseModel):
    model_config = ConfigDict(extra="forbid")
    command: str = Field(max_length=40)
    arguments: dict[str, Any] = {}


@router.get("/runs")
def every_run(runs_dir: RunsDir, summaries: RunSummaries, ids: str = "") -> Json:
    wanted = set(ids.split(",")) if ids else None
    folders = [folder for folder in all_runs.all_runs(runs_dir) if wanted is None or folder.id in wanted]
    example = example_run.ID if example_run.is_there(runs_dir) else None
    return Json({"runs": [summaries.of(folder) for folder in folders], "example": example})


@router.get("/runs/{run_id}")
def one_run(run: Run) -> Json:
    return Json(_description(run))


@router.get("/runs/{run_id}/epochs")
def epochs(run: Run) -> Json:
    return Json({"epochs": run.epochs()})


@router.get("/runs/{run_id}/events")
def events(run: Run) -> Json:
    return Json({"events": files.read_lines(run.events_file)})


@router.get("/runs/{run_id}/result")
def result(run: Run) -> Json:
    found = run.result()
    if found is None:
        raise HTTPException(404, "this run has no result yet; it is written when the run ends")
    return Json(baselines.completed(found) if isinstance(found, dict) else found)


@router.get("/runs/{run_id}/checkpoints")
def checkpoints(run: Run) -> Json:
    return Json({"checkpoints": _checkpoints(run)})


@router.get("/runs/{run_id}/log")
def log(run: Run, after: int = 0) -> Json:
    text, following = run.log(max(0, after), LONGEST_LOG_ANSWER)
    return Json({"text": text, "next": following})


@router.get("/runs/{run_id}/files/{name:path}")
def file(run: Run, name: str) -> FileResponse:
    path = dict(_offered(run)).get(name)
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


def _description(folder: RunFolder) -> dict[str, Any]:
    """Everything of a run but its curves, epochs and maps; what cannot be read is null, with the reason beside it."""
    status = folder.status()
    try:
        settings, fault = folder.config(), None
        config = _filled(settings)
    except (OSError, ValueError) as error:
        settings, config, fault = None, None, str(error)
    return {
        "id": folder.id, "status": status, **folder.notes(), "config": config, "fault": fault,
        "group": (config or {}).get("group"), "seed": (config or {}).get("seed"),
        **_changes_and_edited(folder, settings), "edits": _mapping(folder.edits_file),
        "environment": folder.environment(), "data": files.read_table(folder.data_file),
        "series": series.names(folder.series), "system": series.names(folder.system),
        "rows": series.rows(folder.series), "epochs": len(folder.epochs()),
        "map_iterations": folder.map_iterations(), "checkpoints": _checkpoints(folder),
        "files": [name for name, _ in _offered(folder)], "result": folder.result() is not None,
        "class_names": class_names(folder),
    }  # fmt: skip


def _filled(config: dict[str, Any]) -> dict[str, Any]:
    """A config with what did not exist yet when it was written: its defaults; as it is where it is not understood."""
    try:
        return differences.resolve(config).model_dump()
    except ValueError:
        return config


def _changes_and_edited(folder: RunFolder, settings: dict[str, Any] | None) -> dict[str, Any]:
    """changes: what differs from the defaults in what the run trains with; edited: what config.yaml says otherwise."""
    if settings is None or folder.trained_config() is None:
        return {"changes": _mapping(folder.changes_file), "edited": []}
    config, _ = differences.check(settings)
    changes = _mapping(folder.changes_file) if config is None else differences.changes(config)
    return {"changes": changes, "edited": config_drift.drift(settings, folder.written_config())}


def _checkpoints(folder: RunFolder) -> list[dict]:
    return [{"name": checkpoint.name} | checkpoint.about() for checkpoint in folder.checkpoint_list()]


def class_names(folder: RunFolder) -> list[str]:
    """Of the data the run trains on, in the order of the model's outputs; empty where no file says so yet."""
    for about in (folder.result(), _table(folder.environment()).get("data")):
        if isinstance(about, dict) and isinstance(about.get("classes"), list):
            return about["classes"]
    return []


def _table(value: Any) -> dict:
    """A file may hold anything; what is not a table says nothing."""
    return value if isinstance(value, dict) else {}


def _mapping(path: Path) -> Any:
    """A YAML file of the run, or None where it is missing or damaged."""
    try:
        return read_mapping(path) if path.is_file() else None
    except ValueError:
        return None


def _offered(folder: RunFolder) -> Iterator[tuple[str, Path]]:
    """The files a person may download: a fixed list of names, and the weights of each checkpoint. No links."""
    paths = [folder.path / name for name in OFFERED]
    paths += [checkpoint.weights_file for checkpoint in folder.checkpoint_list() if not checkpoint.path.is_symlink()]
    for path in paths:
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder.path).as_posix(), path
