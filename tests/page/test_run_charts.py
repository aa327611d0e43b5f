"""The charts of the run page in a real browser: live, within the budget, zoomed, whole, and exported."""

import csv
import json
import re
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from engine.runs import files, series
from tests.page.looking import (
    CALM,
    COUNT_DRAWS,
    DRAWN,
    HIDE,
    asked,
    axes,
    drag,
    own_module,
    see,
    until,
    wait_for_chart,
)
from tests.synthetic_run import SyntheticRun, write_run

pytestmark = pytest.mark.page


def test_new_points_come_by_themselves_and_only_they(open_page, growing):
    """While the run goes on its curves grow, four questions a second at most, each asking for what is new."""
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "loss")
    before = until(page, lambda: axes(page, "loss")["ends"][0])
    urls = asked(page)
    run.steadily()
    started = time.monotonic()
    until(page, lambda: axes(page, "loss")["ends"][0] > before + 0.5)
    run.rest()
    live = [url for url in urls if "/live?" in url]
    assert len(live) <= 4 * (time.monotonic() - started) + 1
    after = [int(re.search(r"after=(\d+)", url)[1]) for url in live]
    assert after == sorted(after) and after[0] >= 300
    assert not [url for url in urls if "/series?" in url]


def test_charts_are_drawn_although_their_library_did_not_come_at_first(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page("?tab=runs")
    page.route("**/plotly.min.js", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: "plotly" in request.url):
        page.evaluate(f"{own_module(page, 'base/router.js')}.then(({{ goTo }}) => goTo({{ run: '{run.id}' }}))")
    page.unroute_all()
    run.advance(50)
    wait_for_chart(page, "loss")


def test_nothing_is_asked_while_hidden_and_everything_is_there_on_return(open_page, growing):
    """A tab in the background asks nothing; when it is looked at again it has what it missed."""
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "loss")
    page.evaluate(HIDE, True)
    page.wait_for_timeout(600)  # what was asked before is answered meanwhile
    urls = asked(page)
    run.advance(400)
    page.wait_for_timeout(1300)  # three times as long as from one question to the next
    assert urls == []
    page.evaluate(HIDE, False)
    until(page, lambda: axes(page, "loss")["ends"][0] == 7)


def test_maps_out_of_sight_are_not_asked_for_until_somebody_looks(open_page, growing):
    """Maps are the largest thing that a page loads: of a run that goes on, the newest come with the film into sight."""
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    film = page.locator(".thaw-film-when")
    expect(film).to_contain_text("iteration 300", timeout=20_000)
    wait_for_chart(page, "loss")
    urls = asked(page)
    run.advance(400)
    until(page, lambda: axes(page, "loss")["ends"][0] == 7)
    assert not [url for url in urls if "/maps" in url]
    film.scroll_into_view_if_needed()
    expect(film).to_contain_text(f"iteration {run.folder.map_iterations()[-1]}")


def test_all_charts_together_are_redrawn_three_times_a_second_at_most(open_page, growing):
    """The browser often shares the machine with the training, so drawing has a budget."""
    run = growing(iterations=4000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}", height=1600)
    for chart in ("accuracy", "loss"):
        wait_for_chart(page, chart)
    page.evaluate(CALM)
    page.evaluate(COUNT_DRAWS)
    run.steadily(count=10, pause=0.1)
    draws = until(page, lambda: len(found := page.evaluate("window.draws")) > 9 and found)
    assert len(draws) <= 3 * (draws[-1] - draws[0]) / 1000 + 1


MOMENT = """(chart) => {
    const figure = document.querySelector(`[data-chart=${chart}]`), line = figure.querySelector(".thaw-moment");
    const axis = figure.querySelector(".thaw-plot")._fullLayout.xaxis;
    return line.checkVisibility() ? (parseFloat(line.style.left) - axis._offset) / axis._length : null;
}"""


def test_the_film_marks_its_moment_in_the_charts_without_a_redraw(open_page, served):
    """Leafing through the film moves a line in every chart; at the newest moment, and out of a zoom, there is none."""
    folder = write_run(served.runs, iterations=600, per_epoch=100)
    page = open_page(f"?run={folder.id}", height=1600)
    for chart in ("accuracy", "loss"):
        wait_for_chart(page, chart)
    when = page.locator(".thaw-film-when")
    expect(when).to_contain_text("epoch 6")
    page.evaluate(CALM)
    page.evaluate(COUNT_DRAWS)
    assert page.evaluate(MOMENT, "loss") is None
    for epoch in (5, 4, 3):
        page.keyboard.press("ArrowLeft")
        expect(when).to_contain_text(f"epoch {epoch}")
        for chart in ("accuracy", "loss"):
            assert page.evaluate(MOMENT, chart) == pytest.approx(epoch / 6, abs=0.01)
    page.get_by_role("slider", name="Moment in training").fill("0")
    until(page, lambda: page.evaluate(MOMENT, "loss") == pytest.approx(1 / 6, abs=0.01))
    assert page.evaluate("window.draws") == []
    page.get_by_role("button", name="Iterations", exact=True).click()
    until(page, lambda: axes(page, "loss")["x"][1] == 600)
    assert page.evaluate(MOMENT, "loss") == pytest.approx(1 / 6, abs=0.01)
    drag(page, "loss", 0.4, 0.6)
    until(page, lambda: page.evaluate(MOMENT, "loss") is None)
    page.evaluate("""() => {
        const line = document.querySelector("[data-chart=loss] .thaw-moment");
        new MutationObserver(() => line.hidden || (window.played = true)).observe(line, { attributes: true });
    }""")
    page.get_by_role("button", name="Play through training").click()
    until(page, lambda: page.evaluate("window.played"))


def test_a_zoom_is_shared_and_survives_updates_and_a_reload(open_page, growing):
    """Somebody zooms into the loss: all charts follow, twenty updates later and after a reload it is still there."""
    run = growing(iterations=4000, per_epoch=100, start=500)
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "loss")
    drag(page, "loss", 0.3, 0.6)
    zoomed = until(page, lambda: (x := axes(page, "loss")["x"])[0] > 1 and x)
    assert axes(page, "accuracy")["x"] == zoomed
    updates = asked(page)
    run.steadily()
    until(page, lambda: sum("/live?" in url for url in updates) >= 20, seconds=40)
    run.rest()
    assert axes(page, "loss")["x"] == axes(page, "accuracy")["x"] == zoomed
    page.reload()
    wait_for_chart(page, "loss")
    assert until(page, lambda: axes(page, "loss")["x"]) == pytest.approx(zoomed)
    page.keyboard.press("Escape")
    until(page, lambda: axes(page, "loss")["x"][0] == 0)
    drag(page, "loss", 0.3, 0.6)
    until(page, lambda: axes(page, "loss")["x"][0] > 1)
    page.locator("[data-chart=loss] .nsewdrag").dblclick()
    until(page, lambda: axes(page, "loss")["x"][0] == 0)


def test_one_spike_among_fifty_thousand_rows_is_seen_and_a_zoom_asks_for_its_window(open_page, served):
    """Long runs are drawn from buckets: at most 2,000 points a trace, no spike lost, and a zoom brings the rest."""
    folder = write_run(served.runs, iterations=50_000, per_epoch=5000)
    path = folder.series / "loss.f64"
    values = np.fromfile(path)
    values[25_003] = 42.5
    values.tofile(path)
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "loss")
    whole = until(page, lambda: max((found := axes(page, "loss"))["counts"]) > 100 and found)
    assert max(whole["counts"]) <= 2000 and max(whole["tops"]) == 42.5
    urls = asked(page)
    drag(page, "loss", 0.49, 0.51)
    until(page, lambda: any("/series?" in url and "start=0&" not in url for url in urls))
    window = next(url for url in urls if "/series?" in url)
    start, stop = (int(re.search(rf"{name}=(\d+)", window)[1]) for name in ("start", "stop"))
    assert 24_000 < start < 25_003 < stop < 26_000
    fine = until(page, lambda: max((found := axes(page, "loss"))["counts"]) != max(whole["counts"]) and found)
    assert max(fine["counts"]) <= 2000 and max(fine["tops"]) == 42.5


def test_a_validation_point_sits_at_the_end_of_its_epoch_and_is_dashed(open_page, served):
    """Iterations are fractional epochs: after two epochs both lines end at 2, whatever axis is chosen."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "loss")
    until(page, lambda: axes(page, "loss")["ends"] == [3, 3, 3])
    assert axes(page, "loss")["dashes"][-1] == "dash"
    page.get_by_role("button", name="Iterations", exact=True).click()
    until(page, lambda: axes(page, "loss")["ends"] == [300, 300, 300])
    page.get_by_role("button", name="Time", exact=True).click()
    until(page, lambda: axes(page, "loss")["ends"] == pytest.approx([15, 15, 15]))  # 300 iterations of 0.05 s


def test_more_epochs_than_points_are_thinned_without_losing_a_spike(open_page, served):
    """Of 6,000 epochs at most 2,000 points are drawn, the highest, the lowest and the last among them."""
    run = SyntheticRun(served.runs, iterations=6000, per_epoch=1)
    run.advance(3)
    rows = [{"epoch": 1 + at, "iteration": 1 + at, "stage": 0, "val.top1": 50 + at / 1000} for at in range(6000)]
    rows[3501]["val.top1"], rows[4207]["val.top1"] = 99.5, 1.25
    run.folder.epochs_file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    page = open_page(f"?run={run.finish('stopped').id}")
    wait_for_chart(page, "accuracy")
    plot = "document.querySelector('[data-chart=accuracy] .thaw-plot')"
    line = until(page, lambda: page.evaluate(f"{plot}.data.find((line) => line.line.dash === 'dash')?.y"))
    assert 1000 < len(line) <= 2000 and max(line) == 99.5 and min(line) == 1.25 and line[-1] == rows[-1]["val.top1"]


def test_the_accuracy_of_the_averaged_weights_is_a_line_of_its_own(open_page, served):
    """Where a run keeps a running average of its weights, chart and result tell its accuracy beside the other."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    rows = [row | {"val.ema_top1": row["val.top1"] + 1.5} for row in folder.epochs()]
    folder.epochs_file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    files.replace_json(folder.result_file, folder.result() | {"ema_top1": 97.25})
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "accuracy")
    plot = "document.querySelector('[data-chart=accuracy] .thaw-plot')"
    lines = until(page, lambda: page.evaluate(f"Object.fromEntries({plot}.data.map((line) => [line.name, line.y]))"))
    assert lines["test, EMA weights"] == [row["val.ema_top1"] for row in rows]
    expect(page.locator(".thaw-result-headline")).to_contain_text("EMA weights: 97.25 %")


def test_accuracy_turns_into_error_and_the_choice_is_remembered(open_page, served):
    """One switch turns percent right into percent wrong, in chart and figures, and again on the next visit."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "accuracy")
    top = until(page, lambda: axes(page, "accuracy")["tops"])[-1]
    page.get_by_role("button", name="Error", exact=True).click()
    lowest = 100 - max(row["val.top1"] for row in folder.epochs())
    until(page, lambda: axes(page, "accuracy")["tops"][-1] != top)
    expect(page.locator(".thaw-figures")).to_contain_text(f"{lowest:.2f} %")
    page.reload()
    expect(page.locator(".thaw-figures")).to_contain_text(f"{lowest:.2f} %", timeout=20_000)


def test_shares_are_areas_lines_or_a_sentence(open_page, served):
    """Two terms make areas of 100 %, a negative share makes lines, and a loss of one term says how to get more."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "shares")
    assert until(page, lambda: axes(page, "shares")["stacked"]) == [True, True]
    assert axes(page, "shares")["y"] == [0, 100]

    path = folder.series / "share.center.f64"
    values = np.fromfile(path)
    values[100:110] = -5
    values.tofile(path)
    page.reload()
    wait_for_chart(page, "shares")
    assert until(page, lambda: axes(page, "shares")["stacked"]) == [False, False]

    path.unlink()
    page.reload()
    see(page, "shares", "[data-chart=shares] .thaw-empty:has-text('has a single term')")
    assert page.locator(DRAWN.format("shares")).count() == 0


def test_a_chart_gives_its_numbers_and_its_picture(open_page, served):
    """CSV holds every iteration as it was logged; PNG is a picture; a screen reader gets a sentence."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "loss")
    chart = page.locator("[data-chart=loss]")
    with page.expect_download() as download:
        chart.get_by_role("button", name="CSV").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    written = series.read(folder.series, "loss")
    assert [float(row["loss"]) for row in rows] == pytest.approx(written.tolist(), rel=1e-5)
    assert [row["val.loss"] for row in rows if row["val.loss"]] == [str(row["val.loss"]) for row in folder.epochs()]
    with page.expect_download() as download:
        chart.get_by_role("button", name="PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert "from" in chart.locator(".thaw-plot").get_attribute("aria-label")


def test_the_history_of_the_machine_is_whole_however_long_it_is(open_page, served):
    """Of 5,000 samples one answer holds the last 2,000: the chart begins at the start all the same, and so does CSV."""
    run = SyntheticRun(served.runs, iterations=300, per_epoch=100)
    run.system.append({"seconds": np.arange(5000.0), "cpu": np.linspace(0, 80, 5000)})
    run.advance(300)  # adds a sample of its own, much younger than the others
    folder = run.finish()
    page = open_page(f"?run={folder.id}")
    wait_for_chart(page, "hardware")
    line = "document.querySelector('[data-chart=hardware] .thaw-plot').data[0]"
    until(page, lambda: page.evaluate(f"{line}.x[0]") < 0.1)
    minutes = page.evaluate(f"{line}.x.slice(0, -1)")
    assert len(minutes) <= 2000 and minutes[-1] > 80 and max(np.diff(minutes)) < 0.2
    with page.expect_download() as download:
        page.locator("[data-chart=hardware]").get_by_role("button", name="CSV").click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["seconds"]) for row in rows][:5000] == list(range(5000))
