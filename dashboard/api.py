"""The JSON routes under /api: everything the page can do goes through them, so a script can do it too."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException

from dashboard import (
    form_api,
    jobs_api,
    live,
    maps_api,
    process,
    published_logs,
    reference_api,
    runs_api,
    start_api,
    texts,
)  # fmt: skip
from dashboard.answers import Json
from dashboard.charts import charts
from dashboard.standby import Standby
from dashboard.summaries import Summaries
from dashboard.worker import Worker
from engine import catalog, hardware, presets
from engine.config import DEFAULT_PARTS, SECTIONS, RunConfig, check


def routes(runs: Path, presets_dir: Path, data_dir: Path, worker: Worker, standby: Standby | None = None) -> APIRouter:
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
        return Json(hardware.readings(runs, process.running(runs)))

    router.include_router(start_api.routes(runs, data_dir, worker, standby))
    router.include_router(form_api.routes(runs, presets_dir, standby))
    router.include_router(jobs_api.routes(runs, worker))
    router.include_router(published_logs.routes(runs, presets_dir))
    summaries = Summaries()
    router.include_router(reference_api.routes(runs, presets_dir, summaries))
    router.include_router(runs_api.routes(runs, summaries))
    for part in (live, maps_api):
        router.include_router(part.routes(runs))
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
