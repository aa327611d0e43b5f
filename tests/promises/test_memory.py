"""The page stays small: no torch, under 300 MB, and flat over thousands of live updates asked by three tabs."""

import http.client
import json
import threading
import urllib.parse

import psutil
import pytest

from tests.serving import dashboard
from tests.synthetic_run import SyntheticRun

TABS = 3
MB = 1 << 20
GROWTH = 5 * MB  # after 2,100 and after 6,000 updates it is 2.7


def watch(address, run_id, updates, get_on):
    """Ask for what is new, as a tab does: echo what was seen, count the points."""
    after, event, epoch, points, seen = 0, 0, 0, 0, ""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc)
    for _ in range(updates):
        get_on()
        query = {"life": 0, "after": after, "event": event, "epoch": epoch, "names": "loss,accuracy", "seen": seen}
        connection.request("GET", f"/api/runs/{run_id}/live?{urllib.parse.urlencode(query)}")
        answer = connection.getresponse()
        assert answer.status in (200, 204)
        if body := answer.read():
            news = json.loads(body)
            points += len(news["series"]["loss"])
            after = news["rows"]
            event = max([event, *(row["seq"] for row in news["events"])])
            epoch = max([epoch, *(row["epoch"] for row in news["epochs"])])
            seen = news.get("seen", "")
    return points


@pytest.mark.parametrize("updates", [700, pytest.param(2000, marks=pytest.mark.slow)])
def test_memory_is_small_and_flat_over_thousands_of_updates_of_three_tabs(tmp_path, updates):
    """However long it is watched, the page needs no more memory, files and threads than in its first minutes."""
    run = SyntheticRun(tmp_path / "runs", iterations=TABS * updates + 1000, per_epoch=500)
    lock, points = threading.Lock(), []

    def get_on():
        with lock:
            run.advance(1)

    def tab(address, updates):
        points.append(watch(address, run.folder.id, updates, get_on))

    def together(address, count):
        tabs = [threading.Thread(target=tab, args=(address, count)) for _ in range(TABS)]
        for one in tabs:
            one.start()
        for one in tabs:
            one.join()

    with dashboard(tmp_path / "runs") as (address, process):
        page = psutil.Process(process.pid)
        together(address, 200)  # what is loaded on first use is not growth
        before, held = page.memory_info().rss, (page.num_threads(), len(page.open_files()))
        together(address, updates)
        after, holds = page.memory_info().rss, (page.num_threads(), len(page.open_files()))
        libraries = {part for path in page.memory_maps() for part in path.path.split("/")}
    assert all(count > updates for count in points[-TABS:])
    assert holds[0] <= held[0] + TABS and holds[1] <= held[1] + 1, (held, holds)
    assert after < 300 * MB, f"{after / MB:.0f} MB"
    assert after - before < GROWTH, f"grew by {(after - before) / MB:.1f} MB"
    assert not [name for name in libraries if name.startswith("libtorch")]
