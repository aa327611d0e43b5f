"""A training without labels on the page: what it has to beat, how it judges itself, and what its tokens attend to.

The run is a real one, of a small CLIP on a hundred digits.
"""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from engine.config.differences import changes, resolve
from engine.process.training_session import Session
from engine.runs import all_runs, run_folder
from engine.runs.reporter import Reporter
from engine.worker.cache import Cache
from tests.made_runs import ask, unpacked
from tests.page.looking import axes, see, until, wait_for_chart
from tests.synthetic_run import write_run

pytestmark = pytest.mark.page
PATIENT = 90_000  # milliseconds; the worker loads torch first
NAMES = """(chart) => document.querySelector(`[data-chart=${chart}] .thaw-plot`).data.map((trace) => trace.name)"""
LEVELS = """(chart) => document.querySelector(`[data-chart=${chart}] .thaw-plot`).data.map((trace) => trace.y)"""

# The line of a name, for others may come before it while the page reads on.
LINE = """(name) => document.querySelector("[data-chart=accuracy] .thaw-plot").data
    .filter((trace) => trace.name === name).map((trace) => ({ y: trace.y, dash: trace.line.dash }))[0] ?? null"""


@pytest.fixture(scope="module")
def run(served) -> run_folder.RunFolder:
    """One epoch on captions, then one without labels for each of two objectives."""
    config = resolve({
        "data": {"name": "digits", "limit": 100}, "validation": "test", "batch_size": 20, "probe_images": 3,
        "model": {"name": "clip", "text_tower": "kept", "templates": ["a photo of a {}."]}, "threads": 1,
        "augmentations": [{"name": "random_crop", "padding": 1}],
        "optimizer": {"name": "adamw", "learning_rate": 0.001},
        "stages": [
            {"title": "captions", "epochs": 1, "images": [0, 0.5], "objective": "contrastive"},
            {"title": "adaptation", "epochs": 2, "images": [0.5, 1], "objective": "dpa"},
            {"title": "teacher", "epochs": 1, "objective": {"name": "must", "threshold": 0.0, "mask_side": 1}},
        ],
    })  # fmt: skip
    folder = all_runs.create(served.runs, config.model_dump(), changes(config), "without labels 无标签")
    reporter = Reporter(folder, 0)
    Session(config, Path(folder.path), "cpu", reporter).run(False)
    reporter.state("finished")
    return folder


def opened(open_page, run: run_folder.RunFolder, **arguments) -> Page:
    return open_page(f"?run={run.id}", **arguments)


def test_the_accuracy_to_beat_is_a_level_line_from_where_it_was_measured(open_page, run):
    """It stands in the legend and is turned into error with all other lines."""
    page = opened(open_page, run)
    wait_for_chart(page, "accuracy")
    top1 = run.status()["zero_shot"]["top1"]
    line = until(page, lambda: page.evaluate(LINE, "zero-shot baseline"))
    assert line == {"y": pytest.approx([top1] * 2), "dash": "dashdot"}
    page.get_by_role("button", name="Error", exact=True).first.click()
    until(page, lambda: page.evaluate(LINE, "zero-shot baseline")["y"] == pytest.approx([100 - top1] * 2))
    page.get_by_role("button", name="Accuracy", exact=True).first.click()


def test_its_own_labels_are_judged_and_said_to_be_only_judged(open_page, run):
    page = opened(open_page, run)
    wait_for_chart(page, "pseudo_labels")
    names = until(page, lambda: page.evaluate(NAMES, "pseudo_labels"))
    assert {"accuracy (true labels, not used for training)", "confident enough to train on", "mean weight"} <= set(
        names
    )
    expect(page.locator("[data-chart=pseudo_labels] figcaption")).to_contain_text(
        "True labels only evaluate; they are never trained on"
    )
    wait_for_chart(page, "class_balance")
    assert page.evaluate(NAMES, "class_balance") == [str(digit) for digit in range(10)]
    drawn = np.array(page.evaluate(LEVELS, "class_balance"))
    told = np.array([row["pseudo.balance"] for row in run.epochs() if "pseudo.balance" in row])
    np.testing.assert_allclose(drawn, told.T)
    np.testing.assert_allclose(drawn.sum(0), 100)
    wait_for_chart(page, "shares")
    assert {"cls", "reg", "align", "mim"} <= {name.split("'")[-1] for name in page.evaluate(NAMES, "shares")}


def test_runs_with_labels_have_no_place_for_all_that(open_page, served):
    page = opened(open_page, write_run(served.runs, iterations=200))
    wait_for_chart(page, "accuracy")
    for chart in ("pseudo_labels", "class_balance"):
        expect(page.locator(f"[data-chart={chart}]")).to_be_hidden()
    assert "zero-shot baseline" not in page.evaluate(NAMES, "accuracy")


def test_the_film_shows_every_block_by_head_and_the_rollout(open_page, run):
    page = opened(open_page, run)
    film = page.locator(".thaw-film")
    film.scroll_into_view_if_needed()
    rows = film.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.last.locator("th")).to_have_text("rollout over all blocks")
    assert film.locator("tbody canvas").count() == 4 * 3
    told = lambda: rows.first.locator("canvas").first.get_attribute("aria-label")  # noqa: E731
    mean = told()
    page.get_by_label("Head", exact=True).select_option(index=3)
    until(page, lambda: told() != mean)
    with np.load(run.map_file(run.map_iterations()[-1])) as arrays:
        head = 16 * arrays["visual.transformer.resblocks.0.attn/heads"][0, 2].astype(float)
    assert f"min {head.min():.3f}, max {head.max():.3f}" in told()


def test_the_viewer_shows_what_the_engine_computes_for_every_head(open_page, served, run):
    page = open_page(f"?attention={run.id}&sample=5")
    expect(page.locator(".thaw-panel")).to_have_count(2, timeout=PATIENT)
    answer = ask(Cache(served.data, served.runs), "attention", run=str(run.path), checkpoint="best", sample=5)
    blocks = answer["transformer"]["blocks"]
    buttons = page.locator(".thaw-heads button")
    expect(buttons).to_have_count(sum(1 + len(block["heads"]) for block in blocks))
    assert len(blocks) == 3 and answer["transformer"]["token"] == "class" and answer["grad_cam"] is None
    page.get_by_role("button", name="Block 2, head 3").click()
    head = unpacked(blocks[1]["heads"][2])
    words = f"{head.min():.2f} to {head.max():.2f}× uniform"
    expect(page.locator(".thaw-panel.heads")).to_contain_text(words)
    rolled = unpacked(answer["transformer"]["rollout"])
    expect(page.locator(".thaw-panel.rollout")).to_contain_text(f"{rolled.min():.2f} to {rolled.max():.2f}× uniform")
    expect(page.locator(".thaw-panel.rollout")).to_contain_text("Abnar and Zuidema 2020")


@pytest.mark.parametrize(("width", "language"), [(1280, "en-US"), (390, "zh-CN")])
def test_the_viewer_of_tokens_fits_the_screen(open_page, run, width, language):
    page = open_page(f"?attention={run.id}&sample=5", width=width, language=language)
    expect(page.locator(".thaw-panel")).to_have_count(2, timeout=PATIENT)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_published_log_opens_from_its_preset_beside_ones_own(open_page, run):
    """Somebody chooses the preset of the seed's log, opens the log, and finds it in the table of runs."""
    page = open_page("?tab=train")
    expect(page.locator("#thaw-form-drawn")).to_be_attached(timeout=PATIENT)
    preset = page.locator("[id='field.preset'] input").first
    preset.click()
    preset.fill("DPA")
    page.locator("[role=option]", has_text="CIFAR-10 without labels: CLIP ViT-B/32 by DPA").click()
    page.get_by_role("button", name="Open the published log as a run").click()
    expect(page.locator(".thaw-run")).to_contain_text("96.05 %")
    wait_for_chart(page, "shares")
    assert axes(page, "shares")["counts"] == [20, 20, 20]
    expect(page.locator("[data-section=published]")).to_be_hidden()
    see(page, "accuracy", "[data-chart=accuracy] .plot-container")
    page = open_page("?tab=runs")
    expect(page.get_by_text("ViT-B/32: clip_vitb32_cifar10")).to_be_visible()
    expect(page.get_by_text("without labels 无标签")).to_be_visible()
