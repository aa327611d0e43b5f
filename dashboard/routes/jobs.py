"""The routes of what takes a while: uploads, and jobs for the worker (attention, samples, summaries, previews, ...)."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from dashboard.json_answer import Json
from dashboard.processes.worker import ENDED, Job, Worker
from dashboard.routes import uploads
from dashboard.routes.dependencies import EngineWorker, RunsDir, find_run

Kind = Literal[
    "attention", "samples", "summary", "network", "step_cost", "preview", "check", "schedule", "range_test",
]  # fmt: skip
LIMIT = 120.0  # seconds that a job may take
OTHER_LIMITS: dict[Kind, float] = {"summary": 60.0, "step_cost": 900.0, "range_test": 300.0}
router = APIRouter()


class Order(BaseModel):
    """arguments: `run` is the id of a run, `upload` that of an upload; both reach the worker as paths."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    arguments: dict[str, Any] = {}


@router.post("/uploads")
async def upload(request: Request, runs_dir: RunsDir, worker: EngineWorker) -> Json:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > uploads.LARGEST:
        raise HTTPException(413, f"the file has {int(announced) >> 20} MB; at most {uploads.LARGEST >> 20} are taken")
    try:
        return Json({"id": await uploads.save(runs_dir, request.stream(), _awaited(worker))}, 201)
    except uploads.TooLarge:
        most = f"the file has more than {uploads.LARGEST >> 20} MB; make it smaller and upload it again"
        raise HTTPException(413, most) from None


@router.post("/jobs")
def submit(order: Order, runs_dir: RunsDir, worker: EngineWorker) -> Json:
    arguments = dict(order.arguments)
    if "run" in arguments:
        arguments["run"] = str(find_run(runs_dir, str(arguments["run"])).path)
    if "upload" in arguments:
        arguments["upload"] = str(_upload(runs_dir, str(arguments["upload"])))
    try:
        job = worker.submit(order.kind, arguments, OTHER_LIMITS.get(order.kind, LIMIT))
    except ValueError as error:
        raise HTTPException(429, str(error)) from error
    return Json(job.as_dict(), 202)


@router.get("/jobs/{number}")
def look(number: int, worker: EngineWorker) -> Json:
    return Json(_job(worker, number).as_dict())


@router.delete("/jobs/{number}")
def cancel(number: int, worker: EngineWorker) -> Response:
    worker.cancel(_job(worker, number))
    return Response(status_code=204)


def _job(worker: Worker, number: int) -> Job:
    job = worker.jobs.get(number)
    if job is None:
        raise HTTPException(404, f"there is no job {number}; request it again")
    return job


def _awaited(worker: Worker) -> set[str]:
    """The uploads of jobs that have not ended."""
    arguments = [job.arguments for job in list(worker.jobs.values()) if job.state not in ENDED]
    return {Path(about["upload"]).name for about in arguments if "upload" in about}


def _upload(runs_dir: Path, upload: str) -> Path:
    try:
        return uploads.find(runs_dir, upload)
    except ValueError as error:
        raise HTTPException(404, str(error)) from error
