"""What a page that watches a run asks for: the news since its last question, and windows of the curves.

One small question per tick; the page says what it has (life, rows, events, epochs, samples), the answer holds the rest.
"""

import zlib
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from dashboard.json_answer import Json, number, rounded
from dashboard.routes.dependencies import Run, RunTails
from dashboard.routes.json_lines_tail import MOST_BYTES, MOST_EPOCHS, MOST_EVENTS, Tails
from engine.runs import series
from engine.runs.run_folder import RunFolder
from engine.runs.status_schema import ACTIVE, rows_told

MOST_NAMES = 200  # series of one answer
MOST_VALUES = 400_000  # points of all its series together
MOST_NEW = 2000  # rows of one answer; a page that lacks more asks /series, which thins them out
MOST_POINTS = 10_000
HEARTBEAT = 2.0  # seconds
NO_LIFE = -1  # of a page that has nothing yet
BEFORE_RUNNING = ("queued", "starting")
QUICK = ("iteration", "seconds", "seconds_left", "updated")  # of status.json: they change all the time

Row = Annotated[int, Query(ge=0, le=2**53)]
Points = Annotated[int, Query(ge=1, le=MOST_POINTS)]

router = APIRouter()


@router.get("/runs/{run_id}/live")
def live(
    run: Run, tails: RunTails, life: int = NO_LIFE, after: Row = 0, event: Row = 0, epoch: Row = 0, system: Row = 0,
    names: str = "", seen: str = "",
) -> Response:  # fmt: skip
    status, answer = _status_and_curves(run, life, after, names)
    same = life == answer["life"]
    last_map = max(run.map_iterations(), default=None)
    events, events_left_out = _newer(tails, run.events_file, answer["life"], "seq", event, MOST_EVENTS)
    after = epoch if same else 0
    epochs, epochs_left_out = _newer(tails, run.epochs_file, answer["life"], "epoch", after, MOST_EPOCHS)
    answer |= {
        "events": events, "epochs": epochs, "system": _samples(run, system), "maps": last_map,
        "result": run.result_file.is_file(), "left_out": {"events": events_left_out, "epochs": epochs_left_out},
        "orders": _unanswered(run, status, tails.of(run.events_file, answer["life"]).rows()),
    }  # fmt: skip
    numbers = [order["number"] for order in answer["orders"]]
    answer["status"], answer["seen"] = _status(status, seen, f"{last_map}.{answer['result']}.{numbers}")
    news = answer["events"] or answer["epochs"] or answer["rows"] > answer["after"]
    if seen == answer["seen"] and same and not news and answer["system"]["rows"] == system:
        return Response(status_code=204)
    return Json(answer)


@router.get("/runs/{run_id}/series")
def curves(
    run: Run, names: str, start: Row = 0, stop: Row | None = None, points: Points = MOST_NEW,
    smoothing: Annotated[float, Query(ge=0, lt=1)] = 0.0,
) -> Json:  # fmt: skip
    told = rows_told(run.status())
    return Json(_window(run.series, names.split(","), start, stop, points, smoothing, told))


@router.get("/runs/{run_id}/system")
def system(run: Run, start: Row = 0, stop: Row | None = None, points: Points = MOST_NEW) -> Json:
    return Json(_window(run.system, series.names(run.system), start, stop, points, 0.0))


def _unanswered(run: RunFolder, status: dict, events: list[dict]) -> list[dict[str, Any]]:
    """The commands that a living trainer was given and has not answered by an event yet."""
    if status.get("state") not in ACTIVE:
        return []
    values = next((event.get("values") for event in reversed(events) if event.get("kind") == "command"), None)
    heard = int(number(values.get("number"))) if isinstance(values, dict) else 0
    return [
        {key: order.get(key) for key in ("number", "command", "time")}
        for order in run.pending(heard)
        if isinstance(order, dict) and order.get("life") == status.get("life")
    ]


def _status_and_curves(run: RunFolder, life: int, after: int, names: str) -> tuple[dict, dict[str, Any]]:
    """Status and new rows of the same life, also where the run is resumed while we read."""
    status = run.status()
    for _ in range(3):
        answer = _curves(run, status, life, after, names)
        status = run.status()  # read after the rows: a plan never comes later than what it explains
        if _life(status) == answer["life"]:
            break
    return status, answer


def _life(status: dict) -> int:
    """The life that the curves belong to. A life that is starting has not yet put aside what it will replace."""
    life = int(number(status.get("life")))
    return life - (life > 0 and status.get("state") in BEFORE_RUNNING)


def _curves(folder: RunFolder, status: dict, life: int, after: int, names: str) -> dict[str, Any]:
    """The new rows of the named series, from row `after` on, or from 0 if the page knows another life."""
    current = _life(status)
    held = life == current < number(status.get("life"))
    rows = after if held else series.rows(folder.series, rows_told(status))
    start = after if life == current and after <= rows else 0
    truncated = rows - start > MOST_NEW
    known = sorted(set(series.names(folder.series)) & set(names.split(",")))[:MOST_NAMES]
    first = rows if truncated else start
    new = {name: rounded(series.read_rows(folder.series, name, first, rows)) for name in known}
    return {"life": current, "after": start, "rows": rows, "series": new, "truncated": truncated}


def _samples(folder: RunFolder, after: int) -> dict[str, Any]:
    rows = series.rows(folder.system)
    start = after if after <= rows else 0
    start = max(start, rows - MOST_NEW)
    new = series.names(folder.system)[:MOST_NAMES] if rows > start else []
    values = {name: rounded(series.read_rows(folder.system, name, start, rows)) for name in new}
    return {"after": start, "rows": rows, "series": values}


def _newer(tails: Tails, path: Path, life: int, key: str, than: int, most: int) -> tuple[list[dict], int]:
    """The rows whose key is above `than` (the last ones, as both files count upwards), and how many are left out."""
    return tails.of(path, life).newest(lambda row: row[key] > than, most, MOST_BYTES)


def _status(status: dict, seen: str, rest: str) -> tuple[dict, str]:
    """The whole status if the page has not seen its slow part, else what changes all the time; and what to echo."""
    slow = {key: value for key, value in status.items() if key not in QUICK}
    slow_mark = _mark(orjson.dumps(slow, default=str))
    beat = int(number(status.get("updated")) // HEARTBEAT)
    mark = slow_mark + _mark(f"{status.get('iteration', 0)}.{beat}.{rest}".encode())
    quick = {key: _short(status[key]) for key in ("state", *QUICK) if key in status}
    return (quick if seen.startswith(slow_mark) else status), mark


def _mark(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"


def _short(value: Any) -> Any:
    """Milliseconds are enough."""
    return round(value, 3) if isinstance(value, float) else value


def _window(
    folder: Path, names: list[str], start: int, stop: int | None, points: int, smoothing: float, told: int = 0
) -> dict:
    """The rows start to stop of each named series in at most `points` buckets."""
    rows = series.rows(folder, told)
    stop = rows if stop is None else min(stop, rows)
    start = min(start, stop)
    known = sorted(set(series.names(folder)) & set(names))
    points = min(points, MOST_VALUES // max(1, len(known[:MOST_NAMES])))
    curves = {name: _curve(folder, name, start, stop, points, smoothing) for name in known[:MOST_NAMES]}
    return {"start": start, "stop": stop, "rows": rows, "series": curves, "left_out": len(known) - len(curves)}


def _curve(folder: Path, name: str, start: int, stop: int, points: int, smoothing: float) -> dict[str, Any]:
    """Buckets, and the moving average at the end of each that has a value, with the weight behind it at the last row.

    With the weight a page adds single rows to the average as if it had been asked for anew (see data/points.js).
    """
    buckets = series.buckets(folder, name, start, stop, points)
    smooth = series.smoothed(folder, name, buckets["row"], smoothing) if smoothing else buckets["mean"]
    smooth = np.where(np.isnan(buckets["mean"]), np.nan, smooth)
    curve = {key: rounded(values) for key, values in buckets.items() if key != "row"}
    weight = series.smoothing_weight(folder, name, stop - 1, smoothing)
    return {"row": buckets["row"]} | curve | {"smooth": rounded(smooth), "weight": weight}
