"""The routes of what takes a while: uploads, and jobs for the worker (attention, samples, summaries, previews, ...)."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from dashboard.json_answer import Json, find_run
from dashboard.processes.worker import Job, Worker
from dashboard.routes import uploads

LIMITS = {
    "attention": 120.0, "samples": 120.0, "summary": 60.0, "network": 120.0, "step_cost": 900.0, "preview": 120.0,
    "check": 120.0, "schedule": 120.0, "range_test": 300.0,
}  # seconds  # fmt: skip


class Order(BaseModel):
    """arguments: `run` is the id of a run, `upload` that of an upload; both reach the worker as paths."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal[
        "attention", "samples", "summary", "network", "step_cost", "preview", "check", "schedule", "range_test",
    ]  # fmt: skip
    arguments: dict[str, Any] = {}


def routes(runs: Path, worker: Worker) -> APIRouter:
    router = APIRouter()

    @router.post("/uploads")
    async def upload(request: Request) -> Json:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > uploads.LARGEST:
            raise HTTPException(
                413, f"the file has {int(announced) >> 20} MB; at most {uploads.LARGEST >> 20} are taken"
            )
        try:
            return Json({"id": await uploads.save(runs, request.stream())}, 201)
        except uploads.TooLarge:
            most = f"the file has more than {uploads.LARGEST >> 20} MB; make it smaller and upload it again"
            raise HTTPException(413, most) from None

    @router.post("/jobs")
    def submit(order: Order) -> Json:
        arguments = dict(order.arguments)
        if "run" in arguments:
            arguments["run"] = str(find_run(runs, str(arguments["run"])).path)
        if "upload" in arguments:
            arguments["upload"] = str(_upload(runs, str(arguments["upload"])))
        try:
            return Json(worker.submit(order.kind, arguments, LIMITS[order.kind]).as_dict(), 202)
        except ValueError as error:
            raise HTTPException(429, str(error)) from error

    @router.get("/jobs/{number}")
    def look(number: int) -> Json:
        return Json(_job(worker, number).as_dict())

    @router.delete("/jobs/{number}")
    def cancel(number: int) -> Response:
        worker.cancel(_job(worker, number))
        return Response(status_code=204)

    return router


def _job(worker: Worker, number: int) -> Job:
    job = worker.jobs.get(number)
    if job is None:
        raise HTTPException(404, f"there is no job {number}; ask again for what it was to do")
    return job


def _upload(runs: Path, upload: str) -> Path:
    try:
        return uploads.find(runs, upload)
    except ValueError as error:
        raise HTTPException(404, str(error)) from error
