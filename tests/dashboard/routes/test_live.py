"""A page that watches a run gets every row once, in any life, and sees every spike however far it looks from."""

import random

import numpy as np
import pytest

from dashboard.json_answer import rounded
from engine.runs import files, series
from engine.runs.set_aside import set_aside
from tests.synthetic_run import SyntheticRun


def live(client, run_id, **query):
    return client.get(f"/api/runs/{run_id}/live", params=query)


def whole(folder, name):
    return series.read(folder.series, name)


class Watcher:
    """A page: asks for news and puts them together."""

    def __init__(self, client, run_id, names="loss,share.cls"):
        self.client, self.run_id, self.names = client, run_id, names
        self.has = {"life": None, "after": 0, "event": 0, "epoch": 0, "system": 0, "seen": ""}
        self.values, self.events, self.epochs, self.status = {}, [], [], {}

    def ask(self):
        has = {key: value for key, value in self.has.items() if value is not None}
        reply = live(self.client, self.run_id, names=self.names, **has)
        if reply.status_code == 204:
            return None
        news = reply.json()
        if news["life"] != self.has["life"]:
            self.values, self.epochs, self.has["epoch"] = {}, [], 0
        for name, values in news["series"].items():
            assert len(self.values.setdefault(name, [])) == news["after"]
            self.values[name] += values
        self.events += news["events"]
        self.epochs += news["epochs"]
        self.status |= news["status"]
        self.has |= {
            "life": news["life"],
            "after": news["rows"],
            "seen": news["seen"],
            "system": news["system"]["rows"],
        }
        self.has["event"] = max([self.has["event"], *(event["seq"] for event in news["events"])])
        self.has["epoch"] = max([self.has["epoch"], *(row["epoch"] for row in news["epochs"])])
        return news


def test_a_watcher_gets_every_row_event_and_epoch_once(client, runs):
    run = SyntheticRun(runs, iterations=600, per_epoch=50)
    watcher, dice = Watcher(client, run.folder.id), random.Random(3)
    watcher.ask()
    while run.series.rows < run.iterations:
        run.advance(dice.choice([1, 7, 60]))
        watcher.ask()
    assert watcher.values["loss"] == rounded(whole(run.folder, "loss")).tolist()
    assert watcher.values["share.cls"] == rounded(whole(run.folder, "share.cls")).tolist()
    assert [event["seq"] for event in watcher.events] == list(range(1, run.seq + 1))
    assert watcher.epochs == run.folder.epochs()
    assert watcher.status["iteration"] == run.iterations


def test_maps_of_a_life_that_was_lost_are_not_shown_among_those_of_the_next(client, runs):
    """What a resume takes back, it takes back whole: curves, epochs and maps beyond the checkpoint."""
    run = SyntheticRun(runs, iterations=600, per_epoch=50)
    run.advance(220)
    assert run.folder.map_iterations()[-2:] == [150, 200]
    set_aside(run.folder, 1, rows=150, epochs=3)
    assert client.get(f"/api/runs/{run.folder.id}/maps").json()["iterations"][-1] == 150
    assert client.get(f"/api/runs/{run.folder.id}/maps/200").status_code == 404
    aside = run.folder.maps / "before_life_1"
    assert sorted(path.name for path in aside.iterdir()) == ["00000200.json", "00000200.npz"]
    set_aside(run.folder, 2, rows=150, epochs=3)
    assert len(list(aside.iterdir())) == 2 and not (run.folder.maps / "before_life_2").exists()


def test_after_a_resume_the_watcher_starts_over_and_has_no_row_of_the_old_life(client, runs):
    run = SyntheticRun(runs, iterations=600, per_epoch=50)
    run.advance(200)
    watcher, late = Watcher(client, run.folder.id), Watcher(client, run.folder.id)
    before = watcher.ask()
    run.status |= {"life": 1, "state": "queued"}
    run.write_status()
    assert watcher.ask()["rows"] == before["rows"] and late.ask()["rows"] == before["rows"]
    run.status["state"] = "starting"
    set_aside(run.folder, 1, rows=150, epochs=3)
    run.write_status()
    assert watcher.ask()["rows"] == before["rows"] and not watcher.events[before["events"][-1]["seq"] :]
    run.status["state"] = "running"
    run.series = series.Writer(run.folder.series)
    run.write_status()
    run.event("resumed", "Resumed", life=1)
    run.advance(120)
    for page in (watcher, late):
        news = page.ask()
        assert news["life"] != before["life"] and news["after"] == 0
        page.ask()
        assert page.values["loss"] == rounded(whole(run.folder, "loss")).tolist()
        assert page.epochs == run.folder.epochs()
        assert [event["seq"] for event in page.events] == list(range(1, run.seq + 1))


def test_nothing_new_is_204_and_a_new_state_or_heartbeat_is_news(client, runs):
    run = SyntheticRun(runs, iterations=600, per_epoch=50)
    run.advance(30)
    watcher = Watcher(client, run.folder.id)
    assert watcher.ask()["status"]["stages"]
    assert watcher.ask() is None
    status = files.read_json(run.folder.status_file)
    files.replace_json(run.folder.status_file, status | {"updated": status["updated"] + 0.001})
    quiet = [watcher.ask() for _ in range(2)]
    assert quiet[-1] is None
    files.replace_json(run.folder.status_file, status | {"updated": status["updated"] + 10})
    assert "stages" not in watcher.ask()["status"]
    files.replace_json(run.folder.status_file, status | {"pid": 2**22 - 1})
    assert watcher.ask()["status"]["state"] == "interrupted"
    assert watcher.ask() is None


def test_more_news_than_an_answer_holds_sends_the_page_to_the_thinned_curve(client, runs):
    folder = SyntheticRun(runs, iterations=3000).folder
    series.Writer(folder.series).append({"loss": np.arange(2500.0)})
    news = live(client, folder.id, names="loss").json()
    assert news["truncated"] and news["series"] == {"loss": []} and news["rows"] == 2500
    later = live(client, folder.id, names="loss", life=0, after=600).json()
    assert not later["truncated"] and later["series"]["loss"] == np.arange(600.0, 2500).tolist()


def test_a_gap_is_null(client, runs):
    folder = SyntheticRun(runs).folder
    series.Writer(folder.series).append({"loss": np.array([1, np.nan, np.inf, 2])})
    assert live(client, folder.id, names="loss").json()["series"]["loss"] == [1, None, None, 2]
    assert client.get(f"/api/runs/{folder.id}/series?names=loss").json()["series"]["loss"]["max"] == [1, None, None, 2]


def test_one_spike_among_ten_million_rows_is_in_the_curve(client, runs):
    folder = SyntheticRun(runs).folder
    values = np.zeros(10_000_000)
    values[6_543_210] = 77
    values[100:90_000] = np.nan
    values.tofile(folder.series / "loss.f64")
    curve = client.get(f"/api/runs/{folder.id}/series?names=loss&points=1000").json()["series"]["loss"]
    assert max(curve["max"]) if None not in curve["max"] else max(v for v in curve["max"] if v is not None) == 77
    at = curve["max"].index(77)
    assert curve["row"][at - 1] < 6_543_210 <= curve["row"][at]
    assert curve["row"][-1] == 9_999_999 and len(curve["row"]) == 1000
    zoomed = client.get(f"/api/runs/{folder.id}/series?names=loss&start=6543200&stop=6543220").json()
    assert zoomed["series"]["loss"]["last"] == [0] * 10 + [77] + [0] * 9


def test_smoothing_is_over_all_rows_not_over_buckets(client, runs):
    run = SyntheticRun(runs, iterations=1000)
    run.advance(1000)
    curve = client.get(f"/api/runs/{run.folder.id}/series?names=loss&points=7&smoothing=0.95").json()["series"]["loss"]
    values = whole(run.folder, "loss")
    weights = 0.95 ** np.arange(len(values))
    wanted = [weights[: row + 1][::-1] @ values[: row + 1] / weights[: row + 1].sum() for row in curve["row"]]
    assert curve["smooth"] == pytest.approx(wanted, rel=1e-4)


def test_a_command_without_an_answer_is_told_until_there_is_one(client, runs):
    """Also to a page that is opened later: what was asked for is not forgotten."""
    run = SyntheticRun(runs)
    folder = run.folder

    def orders(**query):
        reply = client.get(f"/api/runs/{folder.id}/live", params=query)
        return reply.json()["orders"] if reply.status_code == 200 else None

    assert orders() == []
    numbers = [folder.send(command) for command in ("pause", "stop")]
    assert [(order["number"], order["command"]) for order in orders()] == [(numbers[0], "pause"), (numbers[1], "stop")]
    assert all(order["time"] for order in orders())
    run.event("command", "taken", number=numbers[0], command="pause", done=True, why="")
    assert [order["command"] for order in orders()] == ["stop"]
    seen = client.get(f"/api/runs/{folder.id}/live").json()["seen"]
    run.event("command", "taken", number=numbers[1], command="stop", done=True, why="")
    assert orders() == []
    assert client.get(f"/api/runs/{folder.id}/live").json()["seen"] != seen
    folder.send("stop")
    run.finish()
    assert orders() == []
