"""All runs in one table, and some of them compared, in a real browser."""

import csv
import re
import secrets
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from engine.runs import files, run_folder, series
from engine.runs.trash import TRASH
from tests.page.intervals import wilson
from tests.page.looking import asked, axes, drag, settle, until
from tests.synthetic_run import SyntheticRun, settings, write_run

pytestmark = pytest.mark.page
PATIENT = 20_000  # milliseconds
CHART = """(name) => {
    const plot = document.querySelector(`[data-chart=${name}] .thaw-plot`);
    if (!plot?.data) return null;
    const lines = plot.data.filter((t) => t.showlegend !== false);
    return { lines: lines.map((t) => ({ name: t.name, dash: t.line.dash ?? "solid", color: t.line.color,
                                        symbol: t.marker?.symbol, x: [...t.x], y: [...t.y] })),
             bands: plot.data.filter((t) => t.showlegend === false).map((t) => [...t.y]),
             shapes: plot.layout.shapes, axis: plot.layout.xaxis.title.text };
}"""


@pytest.fixture
def word():
    """A word that only the runs of one test have in their labels, so that the filter finds them alone."""
    return f"w{secrets.token_hex(4)}"


def open_table(open_page, filter: str = "", **arguments) -> Page:
    page = open_page("?tab=runs", **arguments)
    expect(page.locator(".thaw-runs-table")).to_be_visible(timeout=PATIENT)
    if filter:
        page.locator(".thaw-search input").fill(filter)
        page.locator(".thaw-search input").blur()
    return page


def names(page: Page) -> list[str]:
    return page.locator(".thaw-run-link, .thaw-unfold > span:last-child").all_inner_texts()


def compare(open_page, runs: list, **arguments) -> Page:
    page = open_page(f"?compare={','.join(run.id for run in runs)}", **arguments)
    expect(page.locator(".thaw-legend li").first).to_be_visible(timeout=PATIENT)
    return page


def drawn(page: Page, chart: str, lines: int) -> dict:
    """What a chart shows, once it has so many lines and stays as it is."""
    looks: list[dict | None] = []

    def calm() -> bool:
        looks.append(page.evaluate(CHART, chart))
        return looks[-1] is not None and len(looks[-1]["lines"]) == lines and looks[-5:] == [looks[-1]] * 5

    until(page, calm)
    return looks[-1]


def run_of(
    served, label: str = "", seed: int = 0, numbers: int = 0, iterations: int = 400, **changes
) -> run_folder.RunFolder:
    """A finished run with some settings changed; the same `seed` gives the same probes, `numbers` other curves."""
    config = settings(seed=seed) | changes
    run = SyntheticRun(served.runs, iterations, 100, label, seed, config=config)
    run.random = np.random.default_rng(1000 + numbers)
    run.advance(run.iterations)
    return run.finish()


# --- the table


def test_every_run_is_told_by_word_shape_and_figures(open_page, served, word):
    """Somebody opens the tab and reads how the runs stand, what they reached and why one failed or was cut off."""
    good = write_run(served.runs, label=f"{word} good")
    write_run(served.runs, label=f"{word} bad", state="failed", reason="the loss is not a number")
    write_run(served.runs, label=f"{word} cut", state="interrupted", reason="the lights went out")
    page = open_table(open_page, word)
    line = page.locator(f"[data-run='{good.id}']")
    best = good.status()["best"]["top1"]
    expect(line.locator(".thaw-pill")).to_have_text("Finished")
    assert line.locator(".thaw-pill svg").count() == 1
    assert f"{best:.2f} %" in line.locator(".best").inner_text() and "of 10,000" in line.locator(".best").inner_text()
    failed = page.locator("tbody tr").filter(has_text=f"{word} bad")
    expect(failed).to_contain_text("Failed")
    expect(failed).to_contain_text("the loss is not a number")
    expect(page.locator("tbody tr").filter(has_text=f"{word} cut")).to_contain_text("the lights went out")


def test_a_live_run_changes_in_the_table(open_page, growing, word):
    """A run trains while the table is open: its accuracy and its state follow without a reload."""
    run = growing(label=word, start=100)
    page = open_table(open_page, word)
    line = page.locator(f"[data-run='{run.id}']")
    expect(line.locator(".thaw-pill")).to_have_text("Running")
    before = line.locator(".last").inner_text()
    run.advance(300)
    until(page, lambda: line.locator(".last").inner_text() != before)
    run.run.finish()
    expect(line.locator(".thaw-pill")).to_have_text("Finished", timeout=PATIENT)


def test_names_are_text_and_never_markup(open_page, served, word):
    """A label holds tags and Chinese characters; both are shown as they were typed."""
    label = f"{word} <img src=x onerror=alert(1)> 训练"
    write_run(served.runs, label=label)
    page = open_table(open_page, word)
    assert names(page) == [label]
    assert page.locator(".thaw-runs-table img").count() == 0


def test_the_whole_table_by_keyboard(open_page, served, word):
    """Slash filters, j and k move, x selects, c compares, Enter opens; while typing they are letters."""
    runs = [write_run(served.runs, label=f"{word} {name}") for name in "abc"]
    page = open_table(open_page)
    page.keyboard.press("/")
    page.keyboard.type(word)
    assert page.locator(".thaw-search input").input_value() == word
    assert len(names(page)) == 3
    page.keyboard.press("Enter")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".thaw-selection")).to_contain_text("2 selected")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == f"{word} b"
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"\?compare="))
    assert {runs[0].id, runs[2].id} == set(page.url.split("compare=")[1].split(","))
    page.go_back()
    expect(page.locator(".thaw-runs-table")).to_be_visible()
    page.locator(".thaw-run-link", has_text=f"{word} b").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"\?run={runs[1].id}"))


def test_columns_sort_and_missing_figures_stand_last(open_page, served, word):
    """A press on a column puts the highest first, another the lowest; a run without a figure is last both times."""
    runs = [write_run(served.runs, 300 * (seed + 1), label=f"{word} {seed}", seed=seed) for seed in range(3)]
    for folder, top1 in zip(runs, (60.5, 91.25, 75.0), strict=True):
        status = files.read_json(folder.status_file)
        files.replace_json(folder.status_file, status | {"best": {"epoch": 1, "top1": top1, "loss": 1.0}})
    none = write_run(served.runs, label=f"{word} none", state="stopped")
    files.replace_json(none.status_file, files.read_json(none.status_file) | {"best": None})
    page = open_table(open_page, word)
    head = page.locator("thead th", has_text="Best accuracy")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names(page) == [f"{word} 1", f"{word} 2", f"{word} 0", f"{word} none"]
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names(page) == [f"{word} 0", f"{word} 2", f"{word} 1", f"{word} none"]


def test_seeds_are_one_line_that_unfolds(open_page, served, word):
    """Four seeds are one line with mean and deviation; a press shows the four."""
    runs = [run_of(served, word, seed=seed, group=f"group-{word}") for seed in range(4)]
    values = [run.status()["best"]["top1"] for run in runs]
    page = open_table(open_page, word)
    assert len(names(page)) == 1
    told = page.locator("tr.group .best").inner_text()
    assert f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f} %" in told
    fold = page.locator(".thaw-unfold")
    assert fold.get_attribute("aria-expanded") == "false"
    fold.click()
    expect(page.locator("tr.inside")).to_have_count(4)
    page.locator("tr.group input").check()
    expect(page.locator(".thaw-selection")).to_contain_text("4 selected")


def test_runs_of_a_group_that_differ_in_more_than_the_seed_are_no_seeds(open_page, served, word):
    """Two rates, two seeds of each and one that failed: no mean over both rates, one of each, without what failed."""
    rates = [{"optimizer": {"name": "sgd", "learning_rate": rate}, "group": f"group-{word}"} for rate in (0.1, 0.2)]
    runs = [run_of(served, word, seed=seed, numbers=seed, **rates[at]) for at in range(2) for seed in range(2)]
    failed = SyntheticRun(served.runs, 400, 100, word, 2, config=settings(seed=2) | rates[0])
    failed.advance(100)
    failed.finish("failed", "the loss is not a number")
    page = open_table(open_page, word)
    line = page.locator("tr.group")
    expect(line).to_contain_text("5 runs, lowest to highest")
    assert "±" not in line.locator(".best").inner_text()
    page = compare(open_page, [*runs, failed.folder])
    expect(page.locator(".thaw-legend li")).to_have_count(3)
    told = page.locator(".thaw-legend li").all_inner_texts()
    assert "learning rate 0.1" in told[0] and "2 seeds · 1 not finished, left out" in told[0]
    assert "learning rate 0.2" in told[1] and "left out" not in told[1]
    colours = page.locator(".thaw-legend-mark").evaluate_all("marks => marks.map((m) => m.style.cssText)")
    assert colours[0] != colours[1]


def test_deleting_is_undone_with_one_press(open_page, served, word):
    """Two runs are deleted at once, the one that trains is kept, and Undo brings the others back."""
    gone = [write_run(served.runs, label=f"{word} {index}") for index in range(2)]
    page = open_table(open_page, word)
    for box in page.locator("tbody input[type=checkbox]").all():
        box.check()
    page.locator(".thaw-selection").get_by_role("button", name="Delete").click()
    until(page, lambda: not any(run.path.exists() for run in gone))
    assert all((served.runs / TRASH / run.id).is_dir() for run in gone)
    expect(page.get_by_text("2 runs moved to trash.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: all(run.path.is_dir() for run in gone))
    until(page, lambda: len(names(page)) == 2)


def test_the_trash_is_emptied_after_a_question(open_page, served, word):
    """What is deleted is weighed in a quiet line and can be undone; once it is emptied, run and line are gone."""
    run = write_run(served.runs, label=word)
    thrown = served.runs / TRASH / run.id
    page = open_table(open_page, word)
    remove(page, run)
    trash = page.locator(".thaw-trash")
    expect(trash).to_have_text(re.compile(r"Trash: \d+ runs?, [\d.]+ [kMG]B"))
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: names(page) == [word])
    remove(page, run)
    trash.get_by_role("button", name="Empty trash").click()
    page.get_by_role("button", name="Cancel").click()
    assert thrown.is_dir()
    trash.get_by_role("button", name="Empty trash").click()
    page.get_by_role("button", name="Delete permanently").click()
    until(page, lambda: not thrown.exists())
    expect(trash).to_be_hidden()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def remove(page: Page, run: run_folder.RunFolder) -> None:
    page.locator(f"[data-run='{run.id}'] .thaw-menu-button").click()
    page.get_by_role("menuitem", name="Delete").click()
    until(page, lambda: not run.path.exists())


def test_a_run_that_trains_is_not_deleted(open_page, served, growing, word):
    """The menu of a live run offers no deletion, and a deletion of several says that it was kept."""
    alive = growing(label=f"{word} alive")
    write_run(served.runs, label=f"{word} done")
    page = open_table(open_page, word)
    page.locator(f"[data-run='{alive.id}'] .thaw-menu-button").click()
    entry = page.get_by_role("menuitem", name="Delete")
    assert entry.get_attribute("aria-disabled") == "true"
    expect(entry).to_contain_text("stop it first")
    page.keyboard.press("Escape")
    for box in page.locator("tbody input[type=checkbox]").all():
        box.check()
    page.locator(".thaw-selection").get_by_role("button", name="Delete").click()
    until(page, lambda: names(page) == [f"{word} alive"])
    assert alive.folder.path.is_dir()
    expect(page.get_by_text("is still active")).to_be_visible()


def test_the_menu_by_keyboard(open_page, served, word):
    """Arrows go through the menu and around its ends, Escape gives the focus back, an entry does what it says."""
    write_run(served.runs, label=word)
    page = open_table(open_page, word)
    page.locator(".thaw-menu-button").focus()
    page.keyboard.press("Enter")
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused) == "Open"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "Delete"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "Duplicate"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".thaw-menu")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".thaw-menu-button")).to_be_focused()  # Tab went on from the button
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")


def test_a_run_is_renamed_in_its_line(open_page, served, word):
    """Rename, Enter: the label is on disk; Escape: it stays."""
    run = write_run(served.runs, label=word)
    page = open_table(open_page, word)

    def rename(label: str, key: str) -> None:
        page.locator(".thaw-menu-button").click()
        page.get_by_role("menuitem", name="Rename").click()
        page.locator(".thaw-name-field").fill(label)
        page.keyboard.press(key)

    rename(f"{word} new 名", "Enter")
    until(page, lambda: run.notes()["label"] == f"{word} new 名")
    until(page, lambda: names(page) == [f"{word} new 名"])
    urls = asked(page)
    rename("never", "Escape")
    expect(page.locator(".thaw-name-field")).to_have_count(0)
    settle(page)
    assert not [url for url in urls if run.id in url]
    assert run.notes()["label"] == f"{word} new 名"


def test_a_damaged_run_is_listed_with_its_reason(open_page, served):
    """A folder without files is no error: it stands in the table, says why, and can be deleted."""
    folder = served.runs / f"20200101-000000-{secrets.token_hex(2)}"
    folder.mkdir()
    page = open_table(open_page, folder.name)
    line = page.locator(f"[data-run='{folder.name}']")
    expect(line).to_contain_text("Damaged")
    expect(line).to_contain_text("config.yaml cannot be read")
    line.locator(".thaw-menu-button").click()
    page.get_by_role("menuitem", name="Delete").click()
    until(page, lambda: not folder.exists())


def test_no_runs_lead_to_the_form(open_page, served):
    """Nothing was ever trained: the tab says so and its one button opens the form."""
    page = open_page("?tab=train")
    page.route("**/api/runs", lambda route: route.fulfill(json={"runs": []}))
    page.get_by_role("tab", name="Runs").click()
    expect(page.get_by_text("No runs yet")).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="Start your first training").click()
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")


def test_nothing_found_offers_the_way_back(open_page, served, word):
    """No run has the word: a sentence and a button instead of an empty table."""
    write_run(served.runs, label=word)
    page = open_table(open_page, f"{word} {secrets.token_hex(6)}")
    expect(page.get_by_text("No runs match.")).to_be_visible()
    page.get_by_role("button", name="Show all runs").click()
    expect(page.locator(".thaw-run-link", has_text=word)).to_be_visible()


def test_error_instead_of_accuracy_in_every_line(open_page, served, word):
    """The switch turns 93 % right into 7 % wrong, in heading and line."""
    run = write_run(served.runs, label=word)
    page = open_table(open_page, word)
    page.get_by_role("button", name="Error", exact=True).locator("visible=true").click()
    expect(page.locator("thead")).to_contain_text("Lowest error")
    assert f"{100 - run.status()['best']['top1']:.2f} %" in page.locator("tbody .best").inner_text()


@pytest.mark.parametrize(("width", "language"), [(390, "en-US"), (390, "zh-CN"), (1280, "zh-CN")])
def test_nothing_is_wider_than_the_screen(open_page, served, word, width, language):
    """On a phone and in Chinese: the table fits, and a comparison scrolls only inside its own parts."""
    runs = [write_run(served.runs, label=f"{word} a rather long name of a run {index}") for index in range(2)]
    page = open_table(open_page, word, width=width, height=844, language=language)
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    page = compare(open_page, runs, width=width, height=844, language=language)
    drawn(page, "accuracy", 4)
    assert page.evaluate(wide) <= 0


# --- comparing


def test_lines_are_called_by_what_differs_and_keep_their_colour(open_page, served, word):
    """Two runs have the same label: the legend tells them by learning rate, and colours are those of the table."""
    optimizers = [{"name": "sgd", "learning_rate": rate} for rate in (0.1, 0.025)]
    runs = [run_of(served, word, optimizer=optimizer, numbers=at) for at, optimizer in enumerate(optimizers)]
    page = compare(open_page, runs)
    legend = page.locator(".thaw-legend")
    expect(legend).to_contain_text("learning rate 0.1")
    expect(legend).to_contain_text("learning rate 0.025")
    expect(page.get_by_role("heading", name=f"Comparing 2 runs: {word}")).to_be_visible()
    assert not any(run.id in legend.inner_text() for run in runs)
    lines = drawn(page, "accuracy", 4)["lines"]
    colours = {line["color"] for line in lines}
    assert len(colours) == 2
    assert [line["dash"] for line in lines] == ["solid", "dash", "solid", "dash"]
    assert {line["symbol"] for line in lines if line["symbol"]} == {"circle", "square"}
    page.get_by_role("button", name="All runs").click()
    page.locator(".thaw-search input").fill(word)
    shown = page.locator("tbody .thaw-swatch").evaluate_all(
        "(dots) => dots.map((dot) => '#' + getComputedStyle(dot).backgroundColor.match(/\\d+/g)"
        ".map((part) => Number(part).toString(16).padStart(2, '0')).join(''))"
    )
    assert set(shown) == colours


def test_the_lines_are_the_numbers_on_disk(open_page, served, word):
    """The last evaluation of each run ends its dashed line, on every axis that can be chosen."""
    runs = [run_of(served, f"{word} {at}", numbers=at) for at in range(2)]
    page = compare(open_page, runs)

    def furthest() -> float:
        return max(drawn(page, "accuracy", 4)["lines"][1]["x"])

    for axis, end in (("Iterations", 400), ("Epochs", 4), ("Time", 400 * 0.05)):
        page.get_by_role("button", name=axis, exact=True).locator("visible=true").click()
        until(page, partial(lambda end: furthest() == pytest.approx(end, rel=1e-3), end))
        dashed = [line for line in drawn(page, "accuracy", 4)["lines"] if line["dash"] == "dash"]
        for run, line in zip(runs, dashed, strict=True):
            assert line["y"] == [row["val.top1"] for row in run.epochs()]


def test_escape_shows_the_whole_of_a_comparison_again(open_page, served, word):
    """Somebody zooms into compared curves and presses Esc, as on the page of a run."""
    page = compare(open_page, [run_of(served, f"{word} {at}", numbers=at) for at in range(2)])
    drawn(page, "loss", 4)
    drag(page, "loss", 0.3, 0.6)
    until(page, lambda: axes(page, "loss")["x"][0] > 1)
    page.keyboard.press("Escape")
    until(page, lambda: axes(page, "loss")["x"][0] == 0)


def test_seeds_become_a_mean_with_a_band(open_page, served, word):
    """Three seeds are drawn as their mean between one deviation below and above; a switch shows each of them."""
    runs = [run_of(served, word, seed=seed, numbers=seed, group=f"group-{word}") for seed in range(3)]
    other = run_of(served, f"{word} other", numbers=9)
    page = compare(open_page, [*runs, other])
    chart = drawn(page, "accuracy", 4)
    each = np.array([[row["val.top1"] for row in run.epochs()] for run in runs])
    mean = next(line for line in chart["lines"] if line["dash"] == "dash" and "other" not in line["name"])
    assert mean["y"] == pytest.approx(each.mean(axis=0))
    low, high = chart["bands"][2:4]
    assert low == pytest.approx(each.mean(axis=0) - each.std(axis=0, ddof=1))
    assert high == pytest.approx(each.mean(axis=0) + each.std(axis=0, ddof=1))
    page.get_by_text("Mean ± s.d. over seeds").click()
    expect(page.locator(".thaw-legend li")).to_have_count(4)
    assert drawn(page, "accuracy", 8)["bands"] == []


def test_only_settings_that_differ_are_listed_until_all_are_asked_for(open_page, served, word):
    """Two runs differ in one field: one line. All settings: that line is marked among the others."""
    runs = [run_of(served, f"{word} {size}", batch_size=size) for size in (32, 64)]
    page = compare(open_page, runs)
    lines = page.locator(".settings tbody tr")
    expect(lines).to_have_count(1)
    assert lines.first.locator("th, td").all_inner_texts() == ["batch_size", "32", "64"]
    page.get_by_text("Show all settings").click()
    until(page, lambda: lines.count() > 5)
    expect(page.locator(".settings tr.differs")).to_have_count(1)
    page.get_by_text("Show all settings").click()
    expect(lines).to_have_count(1)


def test_settings_of_seeds_stand_in_one_column_and_a_further_stage_says_only_what_is_new(open_page, served, word):
    """A mean has one column. A second stage has lines for what it changes, not for what goes on as in the first."""
    runs = [run_of(served, word, seed=seed, numbers=seed, group=f"group-{word}") for seed in range(2)]
    stages = [{"epochs": 3, "frozen_batchnorm": "frozen"}, {"epochs": 5, "frozen_batchnorm": "frozen"}]
    page = compare(open_page, [*runs, run_of(served, f"{word} longer", seed=7, stages=stages)])
    lines = page.locator(".settings tbody tr")
    expect(lines.filter(has_text=re.compile("^seed"))).to_have_count(1)
    told = [line.locator("th, td").all_inner_texts() for line in lines.all()]
    assert ["seed", "0 | 1", "7"] in told and ["stages.\u200b1.\u200bepochs", "not set", "5"] in told
    assert not any("frozen_batchnorm" in field and "1" in field for field, *_ in told)


def test_the_best_is_marked_only_where_all_saw_the_same_images(open_page, served, word):
    """Same data: a star and a sentence about chance. Other data: neither, and the page says why."""
    runs = [run_of(served, f"{word} {at}", numbers=at) for at in range(2)]
    for folder, top1 in zip(runs, (90.0, 93.0), strict=True):
        best = {"best": {"epoch": 4, "top1": top1, "loss": 0.3}}
        files.replace_json(folder.status_file, files.read_json(folder.status_file) | best)
    page = compare(open_page, runs)
    row = page.locator(".thaw-compare-table tbody tr", has_text=f"{word} 1").first
    expect(row.locator("td.best").first).to_contain_text("93.00 %")
    half = 100 * np.hypot(0.93 - wilson(0.93, 10_000)[0], wilson(0.9, 10_000)[1] - 0.9)
    expect(page.locator(".thaw-conclusion")).to_contain_text(
        f"3.00 points in “Test accuracy (best)”, more than the ± {half:.2f}"
    )
    for folder, top1 in zip(runs, (91.0, 90.0), strict=True):  # the test images, once all have seen them, decide
        test = {"test": {"top1": top1, "loss": 0.3, "count": 10_000}}
        files.replace_json(folder.status_file, files.read_json(folder.status_file) | test)
    page = compare(open_page, runs)
    expect(page.locator(".thaw-conclusion")).to_contain_text(
        f"{word} 0 leads {word} 1 by 1.00 points in “Test accuracy (last weights)”"
    )
    stranger = run_of(served, f"{word} stranger", data={"name": "clothing"})
    page = compare(open_page, [runs[0], stranger])
    expect(page.locator(".thaw-conclusion")).to_contain_text("evaluated on different images")
    assert page.locator("td.best").count() == 0


def test_stages_are_ticks_in_the_colour_of_their_run(open_page, served, word):
    """Each of two runs began two more stages: four ticks, two of each colour, where they began."""
    runs = [run_of(served, f"{word} {at}", numbers=at) for at in range(2)]
    page = compare(open_page, runs)
    chart = drawn(page, "loss", 4)
    begun = [stage["begins"] / 100 for stage in runs[0].status()["stages"][1:]]
    colours = list(dict.fromkeys(line["color"] for line in chart["lines"]))
    for colour in colours:
        assert [shape["x0"] for shape in chart["shapes"] if shape["line"]["color"] == colour] == begun


def test_the_same_images_are_compared_and_subtracted(open_page, served, word):
    """Both runs looked at the same images: one table, and the mean difference is that of the numbers on disk."""
    runs = [run_of(served, f"{word} {at}", seed=5, numbers=at) for at in range(2)]
    page = compare(open_page, runs)
    page.locator("[data-section=compare_maps]").scroll_into_view_if_needed()
    expect(page.locator(".thaw-compare-maps table")).to_have_count(1, timeout=PATIENT)
    gates = [np.load(run.map_file(400))["layer3.attention/spatial"].astype("float64") for run in runs]
    told = page.locator(".thaw-compare-maps tbody tr").last.locator("small")
    expect(told).to_contain_text("mean |difference|", timeout=PATIENT)
    assert float(told.inner_text().split()[-1]) == pytest.approx(np.abs(gates[1] - gates[0]).mean(), rel=0.06)
    slider = page.get_by_role("slider", name="Share of training")
    slider.fill("0")
    expect(page.locator(".thaw-compare-maps")).to_contain_text("epoch 1 ")
    slider.evaluate("(node) => node.blur()")
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "5"


def test_a_late_answer_draws_no_moment_of_before(open_page, served, word):
    """The slider moves on while the maps of an earlier moment are still on their way."""
    page = compare(open_page, [run_of(served, f"{word} {at}", seed=5, numbers=at) for at in range(2)])
    page.locator("[data-section=compare_maps]").scroll_into_view_if_needed()
    tables, slider = page.locator(".thaw-compare-maps"), page.get_by_role("slider", name="Share of training")
    expect(tables).to_contain_text("epoch 4 ", timeout=PATIENT)
    held: list[Route] = []
    page.route("**/maps/100", lambda route: held.append(route))
    slider.fill("0")
    until(page, lambda: len(held) == 2)
    slider.fill("50")
    expect(tables).to_contain_text("epoch 2 ")
    for route in held:
        with page.expect_response(route.request.url):
            route.continue_()
        route.request.response().finished()
    settle(page)
    expect(tables).to_contain_text("epoch 2 ")


def test_models_without_attention_blocks_leave_a_sentence_instead_of_an_empty_list(open_page, served, word):
    """Maps of transformers hold attention between tokens, which has no blocks to choose from."""
    runs = [run_of(served, f"{word} {at}", seed=5, numbers=at) for at in range(2)]
    for about in [path for run in runs for path in run.map_file(100).parent.glob("*.json")]:
        files.replace_json(about, files.read_json(about) | {"blocks": []})
    page = compare(open_page, runs)
    section = page.locator("[data-section=compare_maps]")
    section.scroll_into_view_if_needed()
    expect(section).to_contain_text("only self-attention", timeout=PATIENT)
    expect(section.locator("select")).to_be_hidden()


def test_maps_that_could_not_be_loaded_are_asked_for_again(open_page, served, word):
    """The connection fails at the first look: closing and opening the section tries once more."""
    runs = [run_of(served, f"{word} {at}", seed=5, numbers=at) for at in range(2)]
    page = open_page("?tab=runs")
    page.route("**/maps", lambda route: route.abort())
    page.goto(f"{served.address}?compare={','.join(run.id for run in runs)}")
    section = page.locator("[data-section=compare_maps]")
    section.scroll_into_view_if_needed()
    expect(section).to_contain_text("could not be loaded", timeout=PATIENT)
    page.unroute_all()
    section.locator("summary").click()
    section.locator("summary").click()
    expect(page.locator(".thaw-compare-maps table")).to_have_count(1, timeout=PATIENT)


def test_other_images_are_not_subtracted(open_page, served, word):
    """The probes differ: a table each, no difference, and a sentence that says so."""
    runs = [run_of(served, f"{word} {seed}", seed=seed) for seed in (6, 7)]
    page = compare(open_page, runs)
    page.locator("[data-section=compare_maps]").scroll_into_view_if_needed()
    expect(page.locator(".thaw-compare-maps table")).to_have_count(2, timeout=PATIENT)
    expect(page.get_by_text("Some runs saved maps of other images")).to_be_visible()
    assert page.get_by_text("mean |difference|").count() == 0


def test_a_line_is_switched_off_and_a_run_left_out(open_page, served, word):
    """A press on a name hides its lines; the cross takes the run out of the address."""
    runs = [run_of(served, f"{word} {at}", numbers=at) for at in range(3)]
    page = compare(open_page, runs)
    drawn(page, "accuracy", 6)
    name = page.locator(".thaw-legend").get_by_role("button", name=f"{word} 1", exact=True)
    name.click()
    assert name.get_attribute("aria-pressed") == "false"
    assert not any(f"{word} 1" in line["name"] for line in drawn(page, "accuracy", 4)["lines"])
    page.get_by_role("button", name=f"Remove {word} 1").click()
    until(page, lambda: runs[1].id not in page.url)
    expect(page.locator(".thaw-legend li")).to_have_count(2)
    page.go_back()
    expect(page.locator(".thaw-legend li")).to_have_count(3)


def test_a_comparison_as_a_table_of_numbers(open_page, served, word, tmp_path):
    """CSV: a line a run with its figures and the settings that differ."""
    runs = [run_of(served, f'{word} "{size}", so', batch_size=size) for size in (32, 64)]
    page = compare(open_page, runs)
    with page.expect_download() as download:
        page.locator(".thaw-compare-head").get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "comparison.csv")
    with open(tmp_path / "comparison.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == [run.id for run in runs]
    assert [row["batch_size"] for row in rows] == ["32", "64"]
    assert [row["label"] for row in rows] == [f'{word} "{size}", so' for size in (32, 64)]
    assert [float(row["best"]) for row in rows] == [run.status()["best"]["top1"] for run in runs]


def test_a_live_run_grows_in_a_comparison(open_page, served, growing, word):
    """One of two compared runs still trains: its line grows, the other stays."""
    done = run_of(served, f"{word} done")
    alive = growing(label=f"{word} alive", start=200)
    page = compare(open_page, [alive, done])
    page.get_by_role("button", name="Iterations", exact=True).locator("visible=true").click()
    before = [max(line["x"]) for line in drawn(page, "loss", 4)["lines"]]
    alive.advance(100)
    until(page, lambda: max(drawn(page, "loss", 4)["lines"][0]["x"]) == 300)
    after = [max(line["x"]) for line in drawn(page, "loss", 4)["lines"]]
    assert after[2:] == before[2:]


def test_long_runs_are_compared_in_buckets(open_page, served, word):
    """Ten runs of 100,000 iterations: no line is drawn, and none is sent, with more than 2,000 points."""
    runs = [run_of(served, f"{word} {at}", numbers=at, iterations=100_000 // 10) for at in range(10)]
    for run in runs:
        writer = series.Writer(run.series)
        last = {name: np.full(90_000, series.read(run.series, name)[-1]) for name in series.names(run.series)}
        writer.append(last)
    answers: list[int] = []
    page = open_page("?tab=runs")
    page.on("response", lambda reply: "/series" in reply.url and answers.append(longest(reply.json())))
    page.goto(f"{served.address}?compare={','.join(run.id for run in runs)}")
    lines = drawn(page, "loss", 20)["lines"]
    assert all(len(line["x"]) <= 2000 for line in lines)
    assert answers and max(answers) <= 2000


def test_an_address_of_too_many_runs_compares_the_first_and_says_so(open_page, served, word):
    ids = [run_of(served, f"{word} {at}", numbers=at).id for at in range(11)]
    page = open_page(f"?compare={','.join(ids)}")
    expect(page.get_by_text("11 runs requested; only the first 10")).to_be_visible(timeout=PATIENT)
    expect(page.locator(".thaw-legend li")).to_have_count(10, timeout=PATIENT)


def longest(reply: dict) -> int:
    return max(len(points["row"]) for points in reply["series"].values())


def test_runs_that_are_gone_leave_the_rest(open_page, served, word):
    """The address names a run that was deleted: two others are compared; with one left the page says what to do."""
    runs = [run_of(served, f"{word} {at}", numbers=at) for at in range(2)]
    page = open_page(f"?compare={runs[0].id},20200101-000000-0000,{runs[1].id}")
    expect(page.locator(".thaw-legend li")).to_have_count(2, timeout=PATIENT)
    page = open_page(f"?compare={runs[0].id},20200101-000000-0000")
    expect(page.get_by_text("Nothing to compare")).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="Choose runs").click()
    expect(page.locator(".thaw-runs-table")).to_be_visible()
    assert page.url.endswith("?tab=runs")
