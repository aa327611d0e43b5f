"""What a watching page shows and costs, while a training saturates the machine: how long a point takes from the disk
to the screen, how fast the training is with the page open against closed, and how many bytes a second the page asks.

python -m tests.bench.watching [--rounds 4] [--seconds 30] [--threads 0]

One real training goes on all the time; the page is opened and closed in turn, in a real Chromium. Times are told for
every row: from the moment when the row was whole on disk to the end of the redraw that first shows it.
"""

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from engine.runs import all_runs, series
from engine.runs.run_folder import RunFolder
from tests.bench.figures import machine, spread, told
from tests.chromium import launch
from tests.serving import ask, dashboard_and_trainings
from tests.training import rows, wait

DRAWN = """() => {
    window.shown = [];
    const plot = document.querySelector("[data-chart=loss] .thaw-plot");
    const perEpoch = %d;
    const note = () => {
        const curves = plot.data.filter((trace) => trace.mode !== "markers");
        const last = Math.max(...curves.map((trace) => trace.x.at(-1) ?? 0));
        window.shown.push([(performance.timeOrigin + performance.now()) / 1000, Math.round(last * perEpoch)]);
    };
    plot.on("plotly_afterplot", note);
}"""


class Clock:
    """Notes when rows became whole on disk."""

    def __init__(self, folder: RunFolder):
        self.folder, self.moments, self.ended = folder, [], threading.Event()
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        known = 0
        while not self.ended.wait(0.02):
            count = series.rows(self.folder.series)
            if count > known:
                self.moments.append((time.time(), count))
                known = count

    def delays(self, shown: list[list[float]]) -> list[float]:
        """Seconds from disk to screen of every row between the first and the last redraw."""
        if len(shown) < 2:
            return []
        found, first = [], int(shown[0][1])
        for at, last in shown[1:]:
            for row in range(first + 1, int(last) + 1):
                written = next((moment for moment, count in self.moments if count >= row), None)
                if written is not None:
                    found.append(max(0.0, at - written))
            first = max(first, int(last))
        return found


def watched(
    browser: Browser, address: str, folder: RunFolder, seconds: float
) -> tuple[tuple[float, float], float, list]:
    """(start, stop) of the watching, bytes a second, and when which row was on the screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page: Page = context.new_page()
    page.goto(f"{address}?run={folder.id}")
    page.locator("[data-chart=loss] .thaw-plot .plot-container").wait_for(timeout=120_000)
    page.wait_for_timeout(3000)
    received = [0]
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.on(
        "Network.loadingFinished", lambda event: received.__setitem__(0, received[0] + event["encodedDataLength"])
    )
    page.evaluate(DRAWN % folder.status()["iterations_per_epoch"])
    began = time.time()
    page.wait_for_timeout(seconds * 1000)
    stopped, shown = time.time(), page.evaluate("window.shown")
    context.close()
    return (began, stopped), received[0] / (stopped - began), shown


def speed(folder: RunFolder, clock: Clock, start: float, stop: float) -> float:
    """Iterations a second between two moments."""
    inside = [(at, count) for at, count in clock.moments if start <= at <= stop]
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--threads", type=int, default=0, help="of the training; 0: as Thaw chooses by itself")
    options = parser.parse_args()
    print(machine())
    with (
        tempfile.TemporaryDirectory() as place,
        dashboard_and_trainings(Path(place) / "runs") as (address, _),
        sync_playwright() as play,
    ):
        config = {"data": {"name": "clothing"}, "model": {"depth": 8}, "attention": {"name": "cbam"},
                  "objective": {"name": "supervised", "label_smoothing": 0.1}, "batch_size": 32,
                  "threads": options.threads, "validation": "test", "stages": [{"epochs": 1000}]}  # fmt: skip
        run_id = ask(address, "api/runs", {"config": config, "request": "bench-watching"})["id"]
        folder = all_runs.find(Path(place) / "runs", run_id)
        wait(lambda: rows(folder) > 50)
        clock = Clock(folder)
        browser = launch(play)
        ratios, delays, traffic = [], [], []
        for _ in range(options.rounds):
            began = time.time()
            time.sleep(options.seconds)
            closed = speed(folder, clock, began, time.time())
            span, bytes_a_second, shown = watched(browser, address, folder, options.seconds)
            ratios.append(speed(folder, clock, *span) / closed)
            delays += clock.delays(shown)
            traffic.append(bytes_a_second)
        browser.close()
        ask(address, f"api/runs/{folder.id}/commands", {"command": "stop"})
        wait(lambda: folder.status()["state"] == "stopped")
        clock.ended.set()
    print(spread("from disk to screen", delays))
    print(told("speed of the training, page open against closed", ratios))
    print(f"bytes a second of one page: {statistics.median(traffic):.0f} ({min(traffic):.0f} to {max(traffic):.0f})")


if __name__ == "__main__":
    main()
