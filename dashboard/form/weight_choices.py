"""Starting weights to choose from: saved runs that hold a checkpoint."""

from collections.abc import Callable
from pathlib import Path

from engine.runs import all_runs, example_run
from engine.runs.run_folder import RunFolder

MOST = 50  # newest runs offered; any other id or file can be typed


def choices(runs_dir: Path, text: Callable[..., str], chosen: str) -> list[tuple[str, str]]:
    """Label and value of every choice, random weights first; what was chosen stays among them."""
    known = [(text("train.weights.random"), "")]
    for folder in all_runs.all_runs(runs_dir):
        if len(known) > MOST:
            break
        if folder.checkpoint_list():
            known.append(_choice(folder))
    if example_run.ID not in [value for _, value in known] and example_run.is_there(runs_dir):
        known.append(_choice(example_run.find_to_read(runs_dir, example_run.ID)))
    return known if chosen in [value for _, value in known] else [*known, (chosen, chosen)]


def _choice(folder: RunFolder) -> tuple[str, str]:
    label = str(folder.notes().get("label") or "")
    return (f"{label} · {folder.id}" if label else folder.id), folder.id
