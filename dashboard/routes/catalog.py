"""The routes of what there is to choose from: texts, charts, parts with their options, presets, devices."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException

from dashboard import texts
from dashboard.charts import charts
from dashboard.json_answer import Json
from dashboard.processes import training_processes
from dashboard.routes.dependencies import PresetsDir, RunsDir
from engine import catalog, hardware
from engine.config import presets
from engine.config.differences import check
from engine.config.run_config import DEFAULT_PARTS, SECTIONS, RunConfig

router = APIRouter()


@router.get("/texts")
def every_text(language: str = "en") -> Json:
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
def every_preset(presets_dir: PresetsDir) -> Json:
    return Json([_preset(name, presets_dir) for name in presets.names(presets_dir)])


@router.get("/hardware")
def machine(runs_dir: RunsDir) -> Json:
    return Json(hardware.readings(runs_dir, training_processes.running(runs_dir)))


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
        changes, about = presets.read(name, folder)
        faults = [str(fault) for fault in check(changes)[1]]
    except ValueError as error:
        changes, about, faults = {}, {}, [str(error)]
    about = about if isinstance(about, dict) else {}
    return {"title": {}, "summary": {}, "needs": None, "quick": None, **about, "name": name,
            "path": f"{name}.yaml", "changes": changes, "faults": faults}  # fmt: skip
