"""A page that watches a run gets every row once, in any life, and sees every spike however far it looks from."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from dashboard.json_answer import rounded
from engine.runs import files, series
from engine.runs.set_aside import set_aside
from tests.synthetic_run import SyntheticRun

SMOOTHING = json.loads((Path(__file__).parents[2] / "static" / "smoothing_cases.json").read_text(encoding="utf-8"))


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
    files.replace_json(run.folder.status_file, status | {key: status[key] - 10 for key in ("updated", "uptime")})
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


@pytest.mark.parametrize("case", SMOOTHING, ids=lambda case: f"{case['title']}, {case['decay']}")
def test_an_average_and_its_weight_are_those_that_the_page_goes_on_from(client, runs, case):
    """The same cases as in tests/static/points.test.js: what is added live equals what is asked for anew."""
    run = SyntheticRun(runs, iterations=10)
    run.series.append({"x": np.array(case["values"], dtype=float)})
    run.write_status()
    ask = f"/api/runs/{run.folder.id}/series?names=x&smoothing={case['decay']}"
    curve = client.get(ask).json()["series"]["x"]
    known = [at for at, value in enumerate(case["smooth"]) if value is not None]
    assert [at for at, value in enumerate(curve["smooth"]) if value is not None] == known
    assert [curve["smooth"][at] for at in known] == pytest.approx([case["smooth"][at] for at in known], rel=1e-4)
    for stop, weight in enumerate(case["weights"], 1):
        assert client.get(f"{ask}&stop={stop}").json()["series"]["x"]["weight"] == pytest.approx(weight, abs=1e-4)


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


def test_of_very_many_events_and_epochs_the_newest_are_sent_and_the_rest_counted(client, runs):
    """An answer has a limit, in rows and in bytes; the file itself has all."""
    folder = SyntheticRun(runs, iterations=300).folder
    with open(folder.events_file, "ab") as file:
        file.writelines(b'{"seq": %d, "kind": "checkpoint", "values": {}}\n' % seq for seq in range(2, 9000))
    with open(folder.epochs_file, "ab") as file:
        file.writelines(b'{"epoch": %d, "x": "%s"}\n' % (epoch, b"y" * 1000) for epoch in range(1, 4000))
    news = live(client, folder.id).json()
    assert [event["seq"] for event in news["events"]] == list(range(7000, 9000))
    assert news["epochs"][-1]["epoch"] == 3999 and 1900 < len(news["epochs"]) < 2100
    assert news["left_out"] == {"events": 6999, "epochs": 3999 - len(news["epochs"])}
    assert not live(client, folder.id, life=0, event=8990, epoch=3990, system=0).json()["left_out"]["events"]
    told = client.get(f"/api/runs/{folder.id}/events").json()
    assert len(told["events"]) == 2000 and told["left_out"] == 6999
    damage = client.get(f"/api/runs/{folder.id}").json()["damage"]
    assert {"file": "events.jsonl", "shown": 2000, "count": 8999} in [each["values"] for each in damage]


def test_bad_lines_are_counted_and_told(client, runs):
    folder = SyntheticRun(runs, iterations=300).folder
    with open(folder.events_file, "ab") as file:
        file.write(b"noise\n{}\n" + b"x" * 300_000 + b"\n" + b'{"seq": 2}\n')
    assert [event["seq"] for event in live(client, folder.id).json()["events"]] == [1, 2]
    damage = client.get(f"/api/runs/{folder.id}").json()["damage"]
    assert [(told["code"], told["values"]) for told in damage] == [
        ("lines_damaged", {"file": "events.jsonl", "count": 3})
    ]


def test_a_series_that_is_cut_or_foreign_empties_no_other_and_is_named(client, runs):
    run = SyntheticRun(runs, iterations=300)
    run.advance(300)
    folder = run.finish("stopped")
    before = live(client, folder.id, names="loss").json()
    (folder.series / "accuracy.f64").write_bytes(b"")
    (folder.series / "loss copy.f64").write_bytes(bytes(80_000))
    news = live(client, folder.id, names="loss,accuracy").json()
    assert news["rows"] == before["rows"] == 300 and news["series"]["loss"] == before["series"]["loss"]
    assert news["series"]["accuracy"] == [None] * 300
    curves = client.get(f"/api/runs/{folder.id}/series?names=loss").json()
    assert curves["rows"] == 300 and len(curves["series"]["loss"]["last"]) == 300
    for told in (client.get("/api/runs").json()["runs"][0], client.get(f"/api/runs/{folder.id}").json()):
        assert [each["values"] for each in told["damage"]] == [
            {"file": "series/accuracy.f64", "rows": 0, "wanted": 300},
            {"file": "series/loss copy.f64", "rows": 10_000, "wanted": 300},
        ]


def test_one_answer_holds_each_series_once(client, runs):
    run = SyntheticRun(runs, iterations=300)
    run.advance(300)
    answer = client.get(f"/api/runs/{run.folder.id}/series?names={'loss,' * 2000}").json()
    assert list(answer["series"]) == ["loss"] and answer["left_out"] == 0
