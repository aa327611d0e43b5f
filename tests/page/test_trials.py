"""Before anything trains: somebody looks at augmented images, at the rates of the plan, and searches for a rate."""

import pytest
from playwright.sync_api import Page, expect

from engine.config import presets
from engine.config.differences import resolve
from engine.worker.schedule_preview import groups
from tests.page.form_filling import choose, drawn, field, unfold
from tests.page.looking import until

pytestmark = pytest.mark.page
LONG = 90_000  # milliseconds; the worker starts first, at low priority
TRACES = """(selector) => { const plot = document.querySelector(selector + " .thaw-form-plot");
    return plot?.data?.map(({ name, x, y }) => ({ name, x, y })) ?? null; }"""
SHAPES = """(selector) => document.querySelector(selector + " .thaw-form-plot").layout.shapes.map(({ x0 }) => x0)"""

GROUPS = """() => [...[...document.querySelectorAll(".thaw-groups")].at(-1).querySelectorAll("tbody tr")].map(
    (row) => [row.cells[0].textContent, row.cells[4].textContent])"""


def pictures(page: Page) -> list[str]:
    return page.locator(".thaw-seen-pair img").evaluate_all("images => images.map((image) => image.src)")


def settled(page: Page) -> None:
    expect(page.locator(".thaw-seen[aria-busy=false] .thaw-seen-images li")).not_to_have_count(0, timeout=LONG)


def test_augmented_images_and_their_labels_follow_the_form(form):
    """Nothing changes images without augmentations; mixup blends them and their labels; another seed draws others;
    twin views stand side by side, stage by stage."""
    unfold(form, "augmentations")
    settled(form)
    while form.locator("[data-thaw-action=remove][data-list=augmentations]").count():
        form.locator("[data-thaw-action=remove][data-list=augmentations]").first.click()
        drawn(form)
    shown = until(form, lambda: (p := pictures(form)) and p[::2] == p[1::2] and p)
    assert len(shown) == 16
    expect(form.locator(".thaw-seen-labels").first).to_contain_text("100 %")

    choose(form, "augmentations", "mixup")
    mixed = until(form, lambda: (p := pictures(form)) and p[::2] != p[1::2] and p, 60)
    assert mixed[::2] == shown[::2]
    labels = form.locator(".thaw-seen-labels").evaluate_all("lists => lists.map((list) => list.children.length)")
    assert max(labels) == 2
    shares = form.locator(".thaw-seen-labels").first.locator("li > span:last-child").all_inner_texts()
    assert abs(sum(int(share.removesuffix(" %")) for share in shares) - 100) <= 1
    form.get_by_role("button", name="Resample").click()
    expect(form.locator("#thaw-preview-seed")).to_have_value("1")
    until(form, lambda: (p := pictures(form)) and p[1::2] != mixed[1::2] and p[::2] == mixed[::2], 60)


def test_every_view_of_the_stage_that_is_looked_at_is_shown(form):
    unfold(form, "augmentations")
    form.locator(".thaw-input[aria-label='Paste YAML']").fill(
        "data: digits\naugmentations: [{name: cutout, size: 4}]\n"
        "stages: [{epochs: 1}, {epochs: 1, objective: {dual_cutout_consistency: 0.1}}]\n"
    )
    form.get_by_role("button", name="Load into the form").click()
    expect(form.locator(".thaw-seen").get_by_role("button", name="Stage 2")).to_be_visible(timeout=LONG)
    settled(form)
    assert form.locator(".thaw-seen-pair").first.locator("img").count() == 2
    form.locator(".thaw-seen").get_by_role("button", name="Stage 2").click()
    expect(form.locator(".thaw-seen-pair").first.locator("img")).to_have_count(3, timeout=LONG)
    expect(form.locator(".thaw-seen-pair").first).to_contain_text("second view")


def test_rates_are_drawn_before_the_start_with_the_bounds_of_stages_and_the_groups(form, tmp_path):
    unfold(form, "optimizer")
    lines = until(form, lambda: form.evaluate(TRACES, ".thaw-rates"), 90)
    config = resolve(presets.read("digits_quick")[0])
    first, second = (stage.epochs for stage in config.stages)
    starts = [line["y"][0] for line in lines if line["y"][0] is not None]
    assert max(starts) == pytest.approx(config.stages[0].learning_rate or config.optimizer["learning_rate"])
    assert all(line["x"][-1] < first + second for line in lines)
    assert form.evaluate(SHAPES, ".thaw-rates") == [first]
    summaries = form.locator(".thaw-groups summary")
    expect(summaries).to_have_count(2)
    expect(summaries.first).to_contain_text(
        "weight decay on any of" if not config.optimizer["weight_decay"] else "on all"
    )

    field(form, "optimizer.weight_decay").fill("0.01")
    choose(form, "decay_on", "weights_only")
    expect(summaries.last).to_contain_text("weight decay 0.01 on", timeout=LONG)
    expect(summaries.last).to_contain_text("none on")
    changed = resolve(presets.read("digits_quick")[0] | {"decay_on": "weights_only"})
    expected = [[group["part"], f"{group['parameters']:,}"] for group in groups(changed, tmp_path)[-1]]
    assert form.evaluate(GROUPS) == expected
    form.locator("[id='stages.add']").click()
    expect(summaries).to_have_count(3, timeout=LONG)
    assert until(form, lambda: form.evaluate(SHAPES, ".thaw-rates")) == [first, first + second]


def test_a_rate_is_searched_cancelled_searched_again_and_put_into_the_form(form):
    unfold(form, "optimizer")
    before = field(form, "optimizer.learning_rate").input_value()
    form.get_by_role("button", name="Start finder").click()
    expect(form.locator(".thaw-range progress")).to_be_visible()
    form.locator(".thaw-range").get_by_role("button", name="Cancel").click()
    expect(form.get_by_role("button", name="Start finder")).to_be_visible()
    assert form.locator(".thaw-range .thaw-form-plot").count() == 0

    form.get_by_role("button", name="Start finder").click()
    expect(form.locator(".thaw-range [role=status]")).to_contain_text("step", timeout=LONG)
    put = form.locator("#thaw-range-put")
    expect(put).to_be_visible(timeout=LONG)
    raw, smoothed = until(form, lambda: form.evaluate(TRACES, ".thaw-range"))
    assert raw["x"] == smoothed["x"] == sorted(raw["x"]) and raw["x"][0] == pytest.approx(1e-5)
    assert field(form, "optimizer.learning_rate").input_value() == before  # only on request
    put.click()
    suggested = float(put.inner_text().split()[1])
    until(
        form, lambda: float(field(form, "optimizer.learning_rate").input_value()) == pytest.approx(suggested, rel=0.06)
    )
    expect(form.locator("#thaw-form-summary")).to_contain_text("Ready to start")
    expect(form.locator(".thaw-range .thaw-form-plot")).to_be_visible()  # the rate alone does not outdate the curve
    expect(form.locator(".thaw-range")).not_to_contain_text("The form has changed")


def test_what_the_device_does_slower_is_said_beside_start(form):
    unfold(form, "machine")
    choose(form, "precision", "pure_fp16")
    remarks = form.locator("#thaw-form-summary .thaw-remark")
    expect(remarks.last).to_contain_text("without loss scaling", timeout=LONG)
    expect(form.locator("#thaw-start")).to_have_attribute("aria-disabled", "false")
