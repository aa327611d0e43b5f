"""Prints what watching costs: many pages ask a dashboard for the news of one long run that goes on.

python -m tests.bench.live [--clients 32] [--seconds 20] [--rows 100000]
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from tests.bench.figures import machine
from tests.synthetic_run import SyntheticRun

NAMES = "loss,accuracy,share.cls,share.center,images_per_second,learning_rate.head"
PERIOD = 0.4  # seconds between two questions of a page


async def watch(address: str, run_id: str, until: float, waits: list[float], sizes: list[int]) -> None:
    """One page: asks as static/data/live_feed.js does."""
    has: dict[str, object] = {"names": NAMES}
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        while time.monotonic() < until:
            begun = time.perf_counter()
            reply = await client.get(f"api/runs/{run_id}/live", params=has)
            waits.append(time.perf_counter() - begun)
            sizes.append(len(reply.content))
            if reply.status_code == 200:
                news = reply.json()
                has |= {
                    "life": news["life"],
                    "after": news["rows"],
                    "seen": news["seen"],
                    "system": news["system"]["rows"],
                }
                has["event"] = max([int(str(has.get("event", 0))), *(event["seq"] for event in news["events"])])
                has["epoch"] = max([int(str(has.get("epoch", 0))), *(row["epoch"] for row in news["epochs"])])
            await asyncio.sleep(PERIOD)


async def train(run: SyntheticRun, until: float) -> None:
    """Ten iterations a second."""
    while time.monotonic() < until:
        await asyncio.to_thread(run.advance, 5)
        await asyncio.sleep(0.5)


async def measure(address: str, server: psutil.Process, run: SyntheticRun, clients: int, seconds: float) -> None:
    waits: list[float] = []
    sizes: list[int] = []
    until, before, work = time.monotonic() + seconds, server.memory_info().rss, sum(server.cpu_times()[:2])
    pages = [watch(address, run.folder.id, until, waits, sizes) for _ in range(clients)]
    await asyncio.gather(train(run, until), *pages)
    spent, after = sum(server.cpu_times()[:2]) - work, server.memory_info().rss
    deltas = sorted(waits[clients:])  # the first answer to each page holds everything so far
    print(f"{clients} pages, {len(waits) / seconds:.0f} questions a second for {seconds:.0f} s")
    print(f"news: median {statistics.median(deltas) * 1e3:.1f} ms, 95 % {deltas[int(len(deltas) * 0.95)] * 1e3:.1f} ms")
    print(f"answers: {sum(sizes[clients:]) / clients / seconds:.0f} bytes a second for each page, without headers")
    print(f"server: {100 * spent / seconds:.0f} % of a core, {before >> 20} MB before, {after >> 20} MB after")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        run = SyntheticRun(Path(place), options.rows + 1000, per_epoch=400)
        run.advance(options.rows)
        command = [sys.executable, "-m", "dashboard", "--port", "0", "--runs", place]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = server.stdout.readline().split()[-1]
            try:
                asyncio.run(measure(address, psutil.Process(server.pid), run, options.clients, options.seconds))
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
