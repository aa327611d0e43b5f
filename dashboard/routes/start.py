"""The routes that start, resume and end trainings, and the check that comes before."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dashboard.form.form_report import SAVED_AS
from dashboard.json_answer import Json
from dashboard.processes import training_processes
from dashboard.processes.spare_trainer import SpareTrainer
from dashboard.processes.worker import Worker
from dashboard.routes import request_keys
from dashboard.routes.dependencies import DataDir, EngineWorker, Run, RunsDir, Spare
from engine.config import differences, yaml_files
from engine.config.data_faults import data_faults
from engine.config.run_config import RunConfig
from engine.config.seeds import one_for_each_seed
from engine.runs import all_runs
from engine.runs.run_folder import RunFolder

CHECK_LIMIT = 120.0  # seconds
RESUMING = threading.Lock()  # two clicks on Resume
router = APIRouter()


class Check(BaseModel):
    """The differences from the defaults, as in a preset."""

    model_config = ConfigDict(extra="forbid")
    config: dict[str, Any]


class Start(Check):
    label: str = Field("", max_length=200)
    request: str = Field(pattern=f"^{request_keys.KEY.pattern}$")


class Resume(BaseModel):
    """settings: what to go on with where config.yaml was edited after the run began."""

    model_config = ConfigDict(extra="forbid")
    settings: Literal["original", "edited"] | None = None


@router.post("/check")
def check(order: Check, worker: EngineWorker) -> Json:
    """Faults of the schema at once; where there are none, those that only the worker can find by building the model."""
    config, faults = differences.check(order.config)
    answer: dict[str, Any] = {
        "faults": [fault.as_dict() for fault in faults], "config": None, "plan": [], "unchecked": "",
        "command": f"python -m engine train {SAVED_AS}",
    }  # fmt: skip
    if config is not None:
        changes = differences.changes(config)
        answer |= _seen_by_the_engine(worker, changes)
        if not answer["faults"]:
            answer |= {"config": config.model_dump(), "changes": changes, "yaml": yaml_files.dump(changes)}
    return Json(answer)


@router.post("/runs")
def start(order: Start, runs_dir: RunsDir, data_dir: DataDir, spare_trainer: Spare) -> Json:
    config, faults = differences.check(order.config | ({"label": order.label} if order.label else {}))
    faults = faults if config is None else data_faults(config, data_dir)
    if config is None or faults:
        return Json({"faults": [fault.as_dict() for fault in faults]}, 422)
    try:
        ids, ours = request_keys.once(runs_dir, order.request, lambda: _create(runs_dir, config))
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    if ours:
        _begin_all([all_runs.find(runs_dir, run_id) for run_id in ids], data_dir, spare_trainer)
    return Json({"id": ids[0], "ids": ids}, 201)


@router.post("/runs/{run_id}/resume")
def resume(run: Run, data_dir: DataDir, spare_trainer: Spare, order: Resume | None = None) -> Json:
    with RESUMING:
        _begin(training_processes.resume, run, data_dir, spare_trainer, settings=order.settings if order else None)
    return Json({"id": run.id}, 202)


@router.post("/runs/{run_id}/kill")
def kill(run: Run) -> Json:
    try:
        training_processes.kill(run)
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    return Json({"status": run.status()})


def _seen_by_the_engine(worker: Worker, changes: dict[str, Any]) -> dict[str, Any]:
    """faults and plan, or in `unchecked` why the engine could not be asked."""
    try:
        job = worker.ask("check", {"config": changes}, CHECK_LIMIT)
    except ValueError as error:
        return {"unchecked": str(error)}
    return job.result if job.state == "done" else {"unchecked": job.error or "the check was cancelled"}


def _create(runs_dir: Path, config: RunConfig) -> list[str]:
    """One run folder for each seed; several are one group."""
    ids = []
    for single in one_for_each_seed(config):
        folder = all_runs.create(runs_dir, single.model_dump(), differences.changes(single), config.label)
        ids.append(folder.id)
    return ids


def _begin_all(folders: list[RunFolder], data: Path, spare_trainer: SpareTrainer | None) -> None:
    """Start every run, also after one that could not be; then say which could not."""
    failures = {}
    for folder in folders:
        try:
            _begin(training_processes.start, folder, data, spare_trainer)
        except HTTPException as error:
            failures[folder.id] = error
    if failures:
        first = next(iter(failures.values()))
        others = f" ({', '.join(failures)}); the others train" if len(failures) < len(folders) else ""
        raise HTTPException(first.status_code, f"{first.detail}{others}")


def _begin(
    start: Callable[..., None], folder: RunFolder, data: Path, spare_trainer: SpareTrainer | None, **how: Any
) -> None:
    try:
        start(folder, data, spare_trainer=spare_trainer, **how)
    except ValueError as error:
        raise HTTPException(409, str(error)) from error
    except OSError as error:
        raise HTTPException(
            500, f"the training process could not be started: {training_processes.why(error)}"
        ) from error
