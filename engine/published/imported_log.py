"""The log of seed 000 as a run folder, so that it can be looked at and compared with runs of one's own.

It has one row an epoch and none an iteration: in the folder each epoch is one iteration, holding the epoch's means.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from engine import catalog
from engine.config import presets
from engine.config.differences import changes, resolve
from engine.config.run_config import RunConfig
from engine.messages.events import event_text
from engine.messages.suggestion import near
from engine.runs import all_runs, files, series
from engine.runs.run_folder import RunFolder

PRESET = "seed_000/clip_vitb32_cifar10"  # the settings that the log was made with, as far as they are known
PARTS = ("cls", "reg", "align")
TEST_IMAGES = {"cifar10": 10_000, "cifar100": 10_000}


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The arguments in the log's head, and its epochs. Lines that are no JSON, such as a title, are passed over.

    Raises ValueError that names the line where a key is missing, or if there is no epoch.
    """
    header: dict[str, Any] = {}
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            content = json.loads(line)
        except ValueError:
            continue
        if not isinstance(content, dict) or "* Acc@1" not in content:
            header = content if isinstance(content, dict) else header
            continue
        missing = [key for key in ("epoch", "loss", *(f"{part}_avg" for part in PARTS)) if key not in content]
        if missing:
            raise ValueError(f"{path.name}, line {number}: an epoch without {', '.join(missing)}")
        rows.append(content)
    if not rows:
        raise ValueError(f"{path.name} contains no epoch: each is a line of JSON with the keys epoch, loss and * Acc@1")
    return header, rows


def import_log(path: Path, runs: Path) -> RunFolder:
    """A finished run with the log's epochs. Raises ValueError if it is no such log, or of an unknown data set."""
    header, rows = read(path)
    config = _config(path, header, len(rows))
    label = f"{header.get('clip_model', 'CLIP')}: {path.stem}"
    folder = all_runs.create(runs, config.model_dump(), changes(config), label)
    values = [_values(row) for row in rows]
    names = [name for name in values[0] if name.startswith(("loss", "share."))]
    series.Writer(folder.series).append({name: np.array([each[name] for each in values]) for name in names})
    for row, each in zip(rows, values, strict=True):
        files.append_line(folder.epochs_file, row | each)
    event = {"seq": 1, "time": time.time(), "iteration": 0, "epoch": 0, "kind": "imported",
             "text": event_text("imported", {}), "values": {}}  # fmt: skip
    files.append_line(folder.events_file, event)
    folder.write_status(_status(config, values) | {"imported": path.name}, durable=True)
    return folder


def _config(path: Path, header: dict[str, Any], epochs: int) -> RunConfig:
    """The preset's settings with the data set, the seed and the length that the log tells."""
    differences, _ = presets.read(PRESET)
    data, known = header.get("dataset", "cifar10"), catalog.names("datasets")
    if data not in known:
        raise ValueError(f"{path.name} is about data set {data!r}, which is unknown{near(data, known)}")
    stage = differences["stages"][0] | {"epochs": epochs}
    return resolve(differences | {"data": data, "stages": [stage], "seed": header.get("seed", 0)})


def _status(config: RunConfig, values: list[dict[str, Any]]) -> dict[str, Any]:
    """What stands in status.json of a run that ended so."""
    epochs, stage, now = len(values), config.stages[0], time.time()
    best = max(values, key=lambda each: each["val.top1"])
    last, best = ({"epoch": each["epoch"], "top1": each["val.top1"], "loss": None} for each in (values[-1], best))
    span = {"name": stage.title, "epochs": epochs, "train": stage.train, "begins": 0, "ends": epochs,
            "learning_rate": stage.learning_rate}  # fmt: skip
    return {
        "state": "finished", "reason": "", "life": 0, "created": now, "started": None, "ended": now, "epoch": epochs,
        "epochs": epochs, "iteration": epochs, "iterations": epochs, "iterations_per_epoch": 1, "stage": 0,
        "stages": [span], "last": last, "best": best, "chosen_on": "test",
        "evaluated_on": {"name": "test", "count": TEST_IMAGES.get(config.data["name"])},
    }  # fmt: skip


def _values(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the log under the names of a run; its percentages are taken as they stand."""
    epoch = row["epoch"] + 1  # the log counts from 0
    values = {"epoch": epoch, "iteration": epoch, "stage": 0, "train.loss": row["loss"], "loss": row["loss"]}
    values |= {"val.top1": row["* Acc@1"]}
    values |= {f"loss.{part}": row[f"{part}_avg"] for part in PARTS}
    return values | {f"share.{part}": row[f"{part}_percent"] for part in PARTS}
