"""Where a run can train, as choices of the form: each card with its memory and whose processes are on it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.processes import training_processes
from engine import hardware

GB = 1 << 30
Text = Callable[..., str]


def choices(text: Text, chosen: str, runs_dir: Path) -> list[tuple[str, str]]:
    """Label and value of every device; what was chosen on another machine stays among them."""
    found = hardware.devices(training_processes.running(runs_dir) if hardware.driver() else None)
    auto = text("train.device.auto", device=hardware.choose_device())
    known = [(auto, "auto"), *((label(device, text), device["name"]) for device in found)]
    return known if chosen in [value for _, value in known] else [*known, (chosen, chosen)]


def label(device: dict[str, Any], text: Text) -> str:
    """`cuda:0 · NVIDIA H200 · 120 of 139 GB free · ana (12 GB)`."""
    memory = text("train.device.memory", free=_gb(device["memory_free"]), total=_gb(device["memory_total"]))
    words = [device["name"], device["title"], *([memory] if device["memory_total"] else [])]
    for busy in device["processes"]:
        owner = busy["user"] or text("train.device.process", pid=busy["pid"])
        owner = text("train.device.ours", run=busy["ours"]) if busy["ours"] else owner
        words.append(f"{owner} ({_gb(busy['memory'])} GB)" if busy["memory"] else owner)
    return " · ".join(words)


def _gb(size: int) -> str:
    return f"{size / GB:.0f}" if size >= 10 * GB else f"{size / GB:.1f}"
