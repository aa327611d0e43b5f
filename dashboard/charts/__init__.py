"""Charts by name: each file in this folder is one chart, found by its file name; the page draws what it describes.

A chart's title stands in the texts under `chart.NAME.title`, its "how to read this" under `chart.NAME.help`.
"""

import importlib
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

HOUSE = Path(__file__).parent


@dataclass(frozen=True)
class Chart:
    """What a chart draws from a run. Patterns such as `loss.*` stand for every series whose name fits."""

    order: int  # charts stand on the page from the lowest to the highest
    x: Literal["iteration", "sample"] = "iteration"
    kind: Literal["line", "stack", "classes"] = "line"  # classes: epoch fields that hold a share for each class
    series: tuple[str, ...] = ()  # patterns of series names
    epochs: tuple[str, ...] = ()  # fields of epochs.jsonl, drawn dashed at the end of each epoch
    ratios: dict[str, tuple[str, str]] = field(default_factory=dict)  # name -> series over series, in percent
    unit: str = ""
    right: tuple[str, ...] = ()  # patterns of series that are read at the right-hand axis
    right_unit: str = ""
    complement: bool = False  # may be shown as 100 - value: error instead of accuracy
    smooth: bool = True  # follows the smoothing of the page
    merge: bool = False  # series that agree wherever both have a value share a line
    logarithmic: bool = True  # follows the logarithmic switch of the page
    beat: str = ""  # field of the status whose top1 is drawn as a line to beat
    optional: bool = False  # stands on the page only for runs that have something for it


@cache
def charts() -> list[dict[str, Any]]:
    """Every chart with its name and the keys of its texts, in the order in which they stand on the page."""
    names = [path.stem for path in HOUSE.glob("[!_]*.py")]
    found = [
        {"name": name, "title_key": f"chart.{name}.title", "help_key": f"chart.{name}.help"}
        | asdict(importlib.import_module(f"dashboard.charts.{name}").CHART)
        for name in names
    ]
    return sorted(found, key=lambda chart: (chart["order"], chart["name"]))
