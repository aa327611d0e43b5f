"""How long one waits at the beginning: for the page, against importing Gradio alone; and from Start to the first point
of a curve, against the first step of the training itself.

python -m tests.bench.starting [--rounds 5]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine.runs import all_runs, series
from tests.bench.figures import machine, spread, told
from tests.serving import ask, dashboard, dashboard_and_trainings
from tests.training import rows, wait


def importing() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    return time.perf_counter() - began


def opening(place: Path) -> float:
    """Until the page answers."""
    began = time.perf_counter()
    with dashboard(place) as (address, _):
        ask(address, "api/runs")
        return time.perf_counter() - began


def starting(address: str, runs: Path, number: int, reading: float) -> tuple[float, float]:
    """Seconds from Start to the first row on disk, and those of the first step."""
    config = {"data": {"name": "clothing"}, "model": {"depth": 8}, "attention": {"name": "cbam"}, "validation": "test",
              "stages": [{"epochs": 100}]}  # fmt: skip
    form = ask(address, "api/form/begin", {})["form"]  # as a page does that is opened ...
    ask(address, "api/form/check", {"form": form})
    time.sleep(reading)  # ... and read
    began = time.perf_counter()
    run_id = ask(address, "api/runs", {"config": config, "request": f"bench-starting-{number}"})["id"]
    folder = all_runs.find(runs, run_id)
    wait(lambda: rows(folder))
    waited = time.perf_counter() - began
    ask(address, f"api/runs/{run_id}/commands", {"command": "stop"})
    wait(lambda: folder.status()["state"] == "stopped")
    return waited, float(series.read(folder.series, "seconds", 0, 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reading", type=float, default=20, help="seconds between opening the form and Start")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        pairs = [(importing(), opening(Path(place) / "runs")) for _ in range(options.rounds)]
        print(spread("import gradio", [a for a, _ in pairs], "s"))
        print(spread("the page, until it answers", [b for _, b in pairs], "s"))
        print(told("page against import gradio", [b / a for a, b in pairs]))
    with tempfile.TemporaryDirectory() as place, dashboard_and_trainings(Path(place) / "runs") as (address, _):
        found = []
        for number in range(options.rounds):
            found.append(starting(address, Path(place) / "runs", number, options.reading))
    print(spread("from Start to the first point", [waited for waited, _ in found], "s"))
    print(spread("the first step itself", [step for _, step in found], "s"))
    print(spread("what is waited beyond the first step", [waited - step for waited, step in found], "s"))


if __name__ == "__main__":
    main()
