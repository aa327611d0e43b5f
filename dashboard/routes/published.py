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
    """rows: published ones with source, hardware and runs. others: finished runs that differ only in their seed."""
    try:
        config = RunConfig.model_validate(run.config())
        rows = comparison.beside(config, presets_dir)
    except ValueError:  # damaged, or of a version that knew other figures
        return Json({"rows": [], "others": []})
    return Json({"rows": rows, "others": _others(runs_dir, run, summaries) if rows else []})


def _others(runs_dir: Path, run: RunFolder, summaries: Summaries) -> list[dict[str, Any]]:
    """Accuracy on the test images of the other seeds of the group that ended; of each seed once."""
    own = summaries.of(run)
    found: dict[Any, dict[str, Any] | None] = {own.get("seed"): None}
    for other in all_runs.all_runs(runs_dir) if own.get("group") and own.get("recipe") else []:
        summary = summaries.of(other)
        status, test = summary["status"], summary["status"].get("test")
        is_seed = all(summary.get(key) == own[key] for key in ("group", "recipe")) and summary["seed"] not in found
        if is_seed and status["state"] == "finished" and isinstance(test, dict):
            found[summary["seed"]] = {"id": other.id, "top1": test.get("top1")}
    return [one for one in found.values() if one]
