"""The JSON routes under /api: everything the page can do goes through them, so a script can do it too."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException

from dashboard import texts
from dashboard.charts import charts
from dashboard.json_answer import Json
from dashboard.processes import training_processes
from dashboard.processes.spare_trainer import SpareTrainer
from dashboard.processes.worker import Worker
from dashboard.routes import (
    form,
    jobs,
    live,
    maps,
    published,
    published_logs,
    runs,
    start,  # fmt: skip
)
from dashboard.routes.summaries import Summaries
from engine import catalog, hardware
from engine.config import presets
from engine.config.differences import check
from engine.config.run_config import DEFAULT_PARTS, SECTIONS, RunConfig


def routes(
    runs_dir: Path, presets_dir: Path, data_dir: Path, worker: Worker, spare_trainer: SpareTrainer | None = None
) -> APIRouter:
    """All routes; every folder is an argument."""
    router = APIRouter(prefix="/api")

    @router.get("/texts")
    def sentences(language: str = "en") -> Json:
        if language not in texts.LANGUAGES:
            raise HTTPException(404, f"there is no language {language[:20]!r}; there are {', '.join(texts.LANGUAGES)}")
        return Json(texts.catalogue(language))

    @router.get("/charts")
    def every_chart() -> Json:
        return Json(charts())

    @router.get("/schema")
    def schema() -> Json:
        return Json(_schema())

    @router.get("/presets")
    def every_preset() -> Json:
        return Json([_preset(name, presets_dir) for name in presets.names(presets_dir)])

    @router.get("/hardware")
    def machine() -> Json:
        return Json(hardware.readings(runs_dir, training_processes.running(runs_dir)))

    router.include_router(start.routes(runs_dir, data_dir, worker, spare_trainer))
    router.include_router(form.routes(runs_dir, presets_dir, spare_trainer))
    router.include_router(jobs.routes(runs_dir, worker))
    router.include_router(published_logs.routes(runs_dir, presets_dir))
    summaries = Summaries()
    router.include_router(published.routes(runs_dir, presets_dir, summaries))
    router.include_router(runs.routes(runs_dir, summaries))
    for part in (live, maps):
        router.include_router(part.routes(runs_dir))
    return router


@cache
def _schema() -> dict[str, Any]:
    """What the form is made of: the settings of a run, and every part's options with its description."""
    kinds = {
        kind: {
            name: {"doc": catalog.summary(kind, name), "options": catalog.options(kind, name).model_json_schema()}
            for name in catalog.names(kind)
        }
        for kind in catalog.KINDS
    }
    return {"kinds": kinds, "run": RunConfig.model_json_schema(), "sections": SECTIONS, "defaults": DEFAULT_PARTS}


def _preset(name: str, folder: Path) -> dict[str, Any]:
    """One preset for the list; a damaged one is named with its faults, never an error for the others."""
    try:
        differences, about = presets.read(name, folder)
        faults = [str(fault) for fault in check(differences)[1]]
    except ValueError as error:
        differences, about, faults = {}, {}, [str(error)]
    about = about if isinstance(about, dict) else {}
    return {"title": {}, "summary": {}, "needs": None, "quick": None, **about, "name": name,
            "path": f"{name}.yaml", "changes": differences, "faults": faults}  # fmt: skip
