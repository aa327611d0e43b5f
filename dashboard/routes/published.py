"""The route of published results: what a run is drawn against, and the runs of one's own that stand on its side."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter

from dashboard.json_answer import Json
from dashboard.routes.dependencies import PresetsDir, Run, RunsDir, RunSummaries
from dashboard.routes.summaries import Summaries
from engine.config.run_config import RunConfig
from engine.published import comparison
from engine.runs import all_runs
from engine.runs.run_folder import RunFolder

router = APIRouter()


@router.get("/runs/{run_id}/reference")
def reference(run: Run, runs_dir: RunsDir, presets_dir: PresetsDir, summaries: RunSummaries) -> Json:
    """rows: published ones with source, hardware and runs. others: finished runs of the same group."""
    try:
        config = RunConfig.model_validate(run.config())
        rows = comparison.beside(config, presets_dir)
    except ValueError:  # damaged, or of a version that knew other figures
        return Json({"rows": [], "others": []})
    return Json({"rows": rows, "others": _others(runs_dir, run, config.group, summaries) if rows else []})


def _others(runs_dir: Path, run: RunFolder, group: str | None, summaries: Summaries) -> list[dict[str, Any]]:
    """Accuracy on the test images of the other runs that ended in the group."""
    found = []
    for other in all_runs.all_runs(runs_dir) if group else []:
        if other.id == run.id:
            continue
        summary = summaries.of(other)
        status = summary["status"]
        test = status.get("test")
        if summary.get("group") == group and status["state"] == "finished" and isinstance(test, dict):
            found.append({"id": other.id, "top1": test.get("top1")})
    return found
