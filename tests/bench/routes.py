"""How long a page waits for curves and lists: windows of a run of ten million iterations, a hundred long runs compared,
ten thousand runs listed.

python -m tests.bench.routes [--rounds 20] [--rows 10000000] [--runs 10000]
"""

import argparse
import asyncio
import json
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np

from engine.runs import all_runs, series
from engine.runs.run_folder import RunFolder
from tests.bench.figures import machine, spread
from tests.serving import dashboard
from tests.synthetic_run import write_run

COMPARED, LONG = 100, 100_000  # runs laid over each other, and the rows of each
SPIKE = 1e6
BLOCK = 1_000_000  # rows written at a time


def lengthen(folder: RunFolder, count: int) -> None:
    """Let a run have so many rows of loss alone, with one spike among them."""
    for name in series.names(folder.series):
        if name != "loss":
            (folder.series / (name + series.SUFFIX)).unlink()
    random = np.random.default_rng(0)
    with open(folder.series / f"loss{series.SUFFIX}", "wb") as file:
        for start in range(0, count, BLOCK):
            file.write(random.normal(1, 0.1, min(BLOCK, count - start)).astype("<f8").tobytes())
        file.seek(8 * (count // 3))
        file.write(np.array([SPIKE], dtype="<f8").tobytes())


def get(address: str) -> bytes:
    return urllib.request.urlopen(address, timeout=120).read()


def times(work: Callable[[], object], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


async def compare(address: str, ids: list[str]) -> None:
    """Six questions at a time, as many as a browser asks of one host."""
    limits = httpx.Limits(max_connections=6)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        route = "api/runs/{}/series?names=loss&points=500&smoothing=0.9"
        await asyncio.gather(*(client.get(route.format(run)) for run in ids))


def curves(rounds: int, rows: int) -> None:
    with tempfile.TemporaryDirectory() as place, dashboard(Path(place)) as (address, _):
        long = write_run(Path(place))
        lengthen(long, rows)
        route = f"{address}api/runs/{long.id}/series?names=loss&points=2000"
        whole = times(lambda: get(route), rounds)
        assert max(json.loads(get(route))["series"]["loss"]["max"]) == SPIKE, "the spike was lost"
        middle = rows // 2
        window = times(lambda: get(f"{route}&start={middle}&stop={middle + min(rows // 10, 1_000_000)}"), rounds)
        smooth = times(lambda: get(f"{address}api/runs/{long.id}/series?names=loss&points=500&smoothing=0.9"), rounds)
        print(spread(f"all {rows:,} rows in 2,000 points", whole))
        print(spread("a window of a million rows", window))
        print(spread("all rows in 500 points, smoothed, as the page asks", smooth))
        ids = []
        for _ in range(COMPARED):
            ids.append(write_run(Path(place)).id)
            lengthen(all_runs.find(Path(place), ids[-1]), LONG)
        print(
            spread(f"{COMPARED} runs of {LONG:,} rows compared", times(lambda: asyncio.run(compare(address, ids)), 5))
        )


def listing(rounds: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as place, dashboard(Path(place)) as (address, _):
        first = write_run(Path(place))
        for name in ("series", "system", "maps", "checkpoints", "commands"):
            shutil.rmtree(first.path / name, ignore_errors=True)
        for number in range(count - 1):
            shutil.copytree(first.path, first.path.with_name(f"20200101-{number // 65536:06d}-{number % 65536:04x}"))
        print(spread(f"{count:,} runs listed for the first time", times(lambda: get(f"{address}api/runs"), 1)))
        print(spread(f"{count:,} runs listed again", times(lambda: get(f"{address}api/runs"), rounds)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    print(machine())
    curves(options.rounds, options.rows)
    listing(options.rounds, options.runs)


if __name__ == "__main__":
    main()
