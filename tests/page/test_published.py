"""A run stands beside what was published of its recipe: a dashed line, and the difference in words, no verdict."""

import pytest
from playwright.sync_api import expect

from engine.config import overrides, presets, published_figures
from engine.config.differences import resolve
from engine.runs import files
from tests.page.looking import until, wait_for_chart
from tests.synthetic_run import SyntheticRun

pytestmark = pytest.mark.page
LINES = """(chart) => document.querySelector(`[data-chart=${chart}] .thaw-plot`).data.map(
    ({ name, x, y, line, customdata }) => ({ name, x, y, customdata, dash: line.dash }))"""
FASHION = "hysts/fashion_mnist_preact_20"


def recipe(preset: str, *words: str) -> dict:
    return resolve(overrides.apply(presets.read(preset)[0], list(words))).model_dump()


def run_of(runs, config: dict, top1: float | None = None, iterations: int = 600) -> SyntheticRun:
    """A synthetic run with this config, ended with an accuracy on the test images if one is given."""
    run = SyntheticRun(runs, iterations=iterations, per_epoch=100, config=config)
    run.advance(iterations if top1 else iterations // 2)
    if top1:
        run.finish("finished")
        status = files.read_json(run.folder.status_file)
        run.folder.write_status(status | {"test": {"top1": top1, "loss": 0.2, "count": 10_000}})
    return run


def published(page, chart: str) -> dict:
    wait_for_chart(page, chart)
    lines = until(page, lambda: [one for one in page.evaluate(LINES, chart) if one["name"].startswith("published")])
    assert len(lines) == 1
    return lines[0]


def test_one_run_against_one_carries_no_verdict(open_page, growing):
    """While it trains, the last accuracy is named with its epoch, and that it says little of the end."""
    run = growing(iterations=600, per_epoch=100, start=300, config=recipe("hysts/cifar10_vgg"))
    page = open_page(f"?run={run.id}")
    line = published(page, "accuracy")
    assert line["name"] == "published: VGG-like (depth 15, w/ BN, channel 64)" and "px" in line["dash"]
    assert line["y"] == [100 - 7.29] * 2 and line["x"] == [0, 6]
    section = page.locator("[data-section=published]")
    expect(section.locator("[data-published=hysts-001]")).to_contain_text("Epoch 3 of 6:")
    expect(section).to_contain_text("This run is unfinished")
    expect(section).to_contain_text("One run here, the median of 3 there")
    expect(section).to_contain_text("Median of 3 runs, GTX 980")
    run.advance(100)
    expect(section.locator("[data-published=hysts-001]")).to_contain_text("Epoch 4 of 6:")
    page.get_by_role("button", name="Error", exact=True).click()
    until(page, lambda: published(page, "accuracy")["y"] == pytest.approx([7.29] * 2))


def test_a_group_of_seeds_stands_as_its_mean_and_what_differs_is_told(open_page, served):
    runs = [run_of(served.runs, recipe(FASHION, f"seed={seed}", "group=g", "stages.0.epochs=6"), top1)
            for seed, top1 in enumerate((94.0, 95.0, 96.0))]  # fmt: skip
    page = open_page(f"?run={runs[0].folder.id}")
    section = page.locator("[data-section=published]")
    lead = section.locator("[data-published=hysts-072]")
    expect(lead).to_contain_text("Final, last weights: 95.00 % accuracy,")
    expect(section).to_contain_text("Mean of 3 runs here that differ only in seed (standard deviation 1.00).")
    expect(section).to_contain_text("Settings that differ")
    expect(section.locator("tbody tr")).to_have_text(["stages.0.epochs6200"])


def test_a_published_log_is_drawn_epoch_by_epoch_and_compared_at_the_same_epoch(open_page, served):
    config = recipe("seed_001/resnet34")
    run = run_of(served.runs, config)
    page = open_page(f"?run={run.folder.id}")
    line = published(page, "accuracy")
    assert line["x"][:3] == [1, 2, 3] and line["y"][:3] == [58.721, 66.758, 73.836]
    assert published(page, "loss")["y"][0] == pytest.approx(1.116886)
    lead = page.locator("[data-published=resnet34]")
    expect(lead).to_contain_text("Both at epoch 3, on training images:")
    expect(lead).to_contain_text("the published 73.84 %")


def test_published_shares_are_the_dashed_edges_of_the_layers(open_page, served):
    """Of the terms that both have, told without what is below; the edge of the whole only in the loss's own units."""
    run = run_of(served.runs, recipe("seed_000/clip_vitb32_cifar10"))
    for kind in ("loss", "share"):  # its second term becomes one that the published run has too
        (run.folder.series / f"{kind}.center.f64").rename(run.folder.series / f"{kind}.reg.f64")
    log = [epoch for epoch in published_figures.find(["dpa_cgm"])[0]["epochs"] if epoch["epoch"] <= run.epochs]
    page = open_page(f"?run={run.folder.id}")
    wait_for_chart(page, "shares")

    def edges() -> list[dict]:
        drawn = page.evaluate(LINES, "shares")
        return [line for line in drawn if line["name"].startswith("published")]

    (bottom,) = until(page, edges)
    assert bottom["name"] == "published: CLIP ViT-B/32" and "px" in bottom["dash"]
    assert bottom["x"] == [epoch["epoch"] for epoch in log]
    assert bottom["y"] == [epoch["share.cls"] for epoch in log]
    page.get_by_text("Absolute values").click()
    wait_for_chart(page, "shares")  # the switch may have scrolled it out of sight, where nothing is drawn
    bottom, top = until(page, lambda: edges() if len(edges()) == 2 else None)
    cls, reg = ([epoch[f"share.{name}"] * epoch["train.loss"] / 100 for epoch in log] for name in ("cls", "reg"))
    assert bottom["y"] == pytest.approx(cls) and top["customdata"] == pytest.approx(reg)
    assert top["y"] == pytest.approx([sum(both) for both in zip(cls, reg, strict=True)])


def test_a_run_that_names_nothing_has_no_such_section(open_page, growing):
    run = growing(iterations=600, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "accuracy")
    expect(page.locator("[data-section=published]")).to_be_hidden()
