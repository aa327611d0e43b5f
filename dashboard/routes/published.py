"""The route of published results: what a run is drawn against, and the runs of one's own that stand on its side."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter

from dashboard.json_answer import Json, find_run
from dashboard.routes.summaries import Summaries
from engine.config.run_config import RunConfig
from engine.published import comparison
from engine.runs import run_folder
from engine.runs.run_folder import RunFolder


def routes(runs: Path, presets: Path, summaries: Summaries) -> APIRouter:
    router = APIRouter()

    @router.get("/runs/{run_id}/reference")
    def reference(run_id: str) -> Json:
        """rows: published ones with source, hardware and runs. others: finished runs of the same group."""
        folder = find_run(runs, run_id)
        try:
            config = RunConfig.model_validate(folder.config())
            rows = comparison.beside(config, presets)
        except ValueError:  # damaged, or of a version that knew other figures
            return Json({"rows": [], "others": []})
        return Json({"rows": rows, "others": _others(runs, folder, config.group, summaries) if rows else []})

    return router


def _others(runs: Path, folder: RunFolder, group: str | None, summaries: Summaries) -> list[dict[str, Any]]:
    """Accuracy on the test images of the other runs that ended in the group."""
    found = []
    for other in run_folder.all_runs(runs) if group else []:
        if other.id == folder.id:
            continue
        summary = summaries.of(other)
        status = summary["status"]
        test = status.get("test")
        if summary.get("group") == group and status["state"] == "finished" and isinstance(test, dict):
            found.append({"id": other.id, "top1": test.get("top1")})
    return found
