"""What a run is: everything of it but its curves, epochs and maps. Each file is read by itself, and has limits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.routes.json_lines_tail import MOST_EPOCHS, MOST_EVENTS, Tails
from engine.config import config_drift, differences
from engine.runs import damage, files, plain_files, run_summary, series
from engine.runs.checkpoint_folder import CHECKPOINT, CheckpointFolder
from engine.runs.kinds import is_text, list_of
from engine.runs.recipe import fingerprint
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import rows_told

OFFERED = ("config.yaml", "changes.yaml", "trained_with.json", "edits.yaml", "environment.json", "data.json",
           "epochs.jsonl", "events.jsonl", "result.json", "log.txt")  # fmt: skip
MOST_CHECKPOINTS = 200  # the newest of them, and the best
MOST_NAMES = 500  # series, moments with maps
are_class_names = list_of(is_text)


def description(folder: RunFolder, tails: Tails) -> dict[str, Any]:
    """What cannot be read is null or empty, with the reason beside it: `fault` of the config, `damage` of the rest."""
    status = folder.status()
    try:
        settings, fault = folder.config(), None
        config = differences.filled(settings)
    except (OSError, ValueError) as error:
        settings, config, fault = None, None, str(error)
    facts = run_summary.facts(config or {})
    saved = _read(lambda: checkpoints_of(folder), {"checkpoints": [], "left_out": 0})
    shown = saved["checkpoints"]
    return folder.notes() | {
        "id": folder.id, "status": status, "config": config, "fault": fault,
        "group": facts["group"], "seed": facts["seed"],
        "recipe": None if settings is None else fingerprint(folder, settings),
        **_changes_and_edited(folder, settings), "edits": folder.table_of(folder.edits_file),
        "environment": folder.environment(), "data": files.read_table(folder.data_file),
        "series": _read(lambda: series.names(folder.series), [])[:MOST_NAMES],
        "system": _read(lambda: series.names(folder.system), [])[:MOST_NAMES],
        "rows": _read(lambda: series.rows(folder.series, rows_told(status)), 0),
        "epochs": len(tails.of(folder.epochs_file, None).rows()),
        "map_iterations": _read(folder.map_iterations, [])[-MOST_NAMES:], "checkpoints": shown,
        "checkpoints_left_out": saved["left_out"], "files": _offered(folder, shown),
        "result": folder.result() is not None, "class_names": class_names(folder),
        "damage": [
            *damage.of_folder(folder, status), *_damage_of_lines(folder, tails),
            *damage.of_many("checkpoints", len(shown), len(shown) + saved["left_out"]),
        ],
    }  # fmt: skip


def _read(read: Callable[[], Any], empty: Any) -> Any:
    """What a folder of the run holds; nothing where it cannot be read, which is named among the damage."""
    try:
        return read()
    except OSError:
        return empty


def checkpoints_of(folder: RunFolder) -> dict[str, Any]:
    """The newest checkpoints and the best, oldest first; `left_out` counts the others."""
    known = folder.checkpoint_list()
    newest = known[-MOST_CHECKPOINTS:]
    shown = [checkpoint.about() | {"name": checkpoint.name} for checkpoint in newest]
    if len(newest) < len(known) and not any("best" in about.get("kept_as", []) for about in shown):
        earlier = (checkpoint.about() | {"name": checkpoint.name} for checkpoint in reversed(known[: -len(newest)]))
        best = next((about for about in earlier if "best" in about.get("kept_as", [])), None)
        shown = [best, *shown] if best else shown
    return {"checkpoints": shown, "left_out": len(known) - len(shown)}


def class_names(folder: RunFolder) -> list[str]:
    """Of the data the run trains on, in the order of the model's outputs; empty where no file says so yet."""
    for about in (folder.result() or {}, folder.environment().get("data") or {}):
        if are_class_names(about.get("classes")):
            return about["classes"]
    return []


def offered_file(folder: RunFolder, name: str) -> Path | None:
    """The file that a person may download by this name: one of a fixed list, or the weights of a checkpoint."""
    path = folder.path / name
    parts = name.split("/")
    weights = CheckpointFolder(folder.checkpoints / parts[1]).weights_file if len(parts) == 3 else None
    if name not in OFFERED and not (weights == path and CHECKPOINT.fullmatch(parts[1])):
        return None
    try:
        plain_files.check(path)
    except plain_files.NotPlain:
        return None
    return path if path.is_file() else None


def _offered(folder: RunFolder, checkpoints: list[dict]) -> list[str]:
    weights = [folder.checkpoints / about["name"] / "weights.safetensors" for about in checkpoints]
    names = [*OFFERED, *(path.relative_to(folder.path).as_posix() for path in weights)]
    return [name for name in names if offered_file(folder, name)]


def _changes_and_edited(folder: RunFolder, settings: dict[str, Any] | None) -> dict[str, Any]:
    """changes: what differs from the defaults in what the run trains with; edited: what config.yaml says otherwise."""
    if settings is None or folder.trained_config() is None:
        return {"changes": folder.table_of(folder.changes_file), "edited": []}
    config, _ = differences.check(settings)
    changes = folder.table_of(folder.changes_file) if config is None else differences.changes(config)
    return {"changes": changes, "edited": config_drift.drift(settings, folder.written_config())}


def _damage_of_lines(folder: RunFolder, tails: Tails) -> list[damage.Told]:
    found: list[damage.Told] = []
    for path, most in ((folder.epochs_file, MOST_EPOCHS), (folder.events_file, MOST_EVENTS)):
        lines = tails.of(path, None)
        count = len(lines.rows())
        found += damage.of_lines(path.name, lines.read()) + damage.of_many(path.name, min(count, most), count)
    return found
