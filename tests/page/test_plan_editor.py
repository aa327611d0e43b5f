"""Somebody builds seed 002's freeze plan from nothing, with the mouse and again with keys alone, and watches it."""

import re

import pytest
from playwright.sync_api import Page, expect

from engine.runs import all_runs, run_folder
from tests.page.form_filling import drawn
from tests.page.looking import until, wait_for_chart

pytestmark = pytest.mark.page
TINY = """
data: {name: digits, limit: 640}
model: {depth: 8, initial_channels: 8}
attention: cbam
optimizer: {name: adam, learning_rate: 0.005}
schedule: constant
batch_size: 32
validation: test
threads: 1
probe_images: 0
allow_random_frozen: true
stages: [{epochs: 50}]
"""
OUTPUT = ["attention", "head"]
UPPER = ["layer2", "layer3", *OUTPUT]
PARTS = ["stem", "layer1", *UPPER]


@pytest.fixture
def form(open_page):
    """The Train tab with one stage of 50 epochs in which everything trains, its plan open."""
    return opened(open_page("?tab=train"))


def opened(page: Page) -> Page:
    drawn(page)
    page.evaluate("async (text) => (await window.thawForm).ask('yaml', text)", TINY)
    expect(page.locator("[id='field.epochs'] input")).to_have_value("50", timeout=60_000)
    drawn(page)
    if not page.locator("[role=gridcell]").first.is_visible():
        page.locator("[data-fold=plan]").click()
    expect(page.locator("[data-key='0/stem']")).to_be_visible()
    return page


def cell(page: Page, stage: int, part: str):
    return page.locator(f"[data-key='{stage}/{part}']")


def states(page: Page) -> list[list[str]]:
    """For each stage the parts that train, as the picture shows them."""
    return page.evaluate("""() => {
        const stages = [];
        for (const cell of document.querySelectorAll("#thaw-form-timeline [role=gridcell].training"))
            (stages[cell.dataset.stage] ??= []).push(cell.dataset.part);
        return stages;
    }""")


def epochs(page: Page) -> list[int]:
    now = "() => [...document.querySelectorAll('[data-border]')].map((border) => Number(border.ariaValueNow))"
    return page.evaluate(now)


def tool(page: Page, word: str) -> None:
    """Press a button under the grid, which stands elsewhere until the form above it is drawn."""
    drawn(page)
    page.locator(f"[data-plan={word}]").click()


WHERE = """(border) => {
    const handle = document.querySelector(`[data-border="${border}"]`).getBoundingClientRect();
    const heads = [...document.querySelectorAll("[role=columnheader][data-stage]")];
    const widths = heads.map((head) => head.getBoundingClientRect().width);
    return [handle.x + handle.width / 2, handle.y + handle.height / 2, widths];
}"""


def drag_border(page: Page, border: int, epochs_from: int, to: int) -> None:
    """Drag the end of a stage so that it lasts `to` epochs."""
    drawn(page)
    page.locator(f"[data-border='{border}']").hover()  # which also scrolls there
    x, y, widths = page.evaluate(WHERE, border)  # at one moment, as the grid may be drawn anew
    each = sum(widths[border : border + 2]) / sum(epochs(page)[border : border + 2])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + (to - epochs_from) * each, y, steps=6)
    page.mouse.up()
    until(page, lambda: epochs(page)[border] == to)


def planned(page: Page) -> list[dict]:
    """The stages that Start would send."""
    state = page.evaluate("async () => (await window.thawForm).snapshot()")
    return state["form"]["stages"]


def is_seed_002(page: Page) -> None:
    until(page, lambda: states(page) == [OUTPUT, UPPER, PARTS] and epochs(page) == [5, 15, 30])
    rates = [stage["learning_rate"] for stage in planned(page)]
    assert [float(rate) for rate in rates] == [1e-3, 1e-4, 1e-5]
    drawn(page)
    expect(page.locator("[id='field.plan'] input").first).to_have_value("Three stages: head, upper layers, everything")
    yaml = page.locator(".thaw-code").nth(1)
    expect(yaml).to_contain_text("epochs: 15")
    for number, learning_rate in enumerate(("0.001", "0.0001", "1.0e-05")):
        expect(yaml).to_contain_text(f"learning_rate: {learning_rate}")
        expect(page.locator(f"[id='field.stages.{number}.epochs'] input")).to_have_value(str((5, 15, 30)[number]))


def build_with_the_mouse(page: Page) -> None:
    tool(page, "split")
    until(page, lambda: epochs(page) == [25, 25])
    cell(page, 1, "head").hover()
    page.locator("[role=columnheader][data-stage='1']").click()
    tool(page, "split")
    until(page, lambda: epochs(page) == [25, 13, 12])
    drag_border(page, 0, 25, 5)
    drag_border(page, 1, 33, 15)
    for stage, parts in ((0, PARTS[:4]), (1, PARTS[:2])):
        for part in parts:
            cell(page, stage, part).click(position={"x": 5, "y": 5})
    until(page, lambda: states(page) == [OUTPUT, UPPER, PARTS])
    for stage, parts, rate in ((0, OUTPUT, "0.001"), (1, UPPER, "0.0001"), (2, PARTS, "1e-5")):
        for part in parts:
            drawn(page)
            cell(page, stage, part).locator("button").click()
            page.locator(".thaw-plan-input").fill(rate)
            page.keyboard.press("Enter")
            expect(page.locator(".thaw-plan-input")).to_have_count(0)
            expect(cell(page, stage, part)).to_have_attribute("aria-label", re.compile(rf"rate {shown(rate)}$"))


def shown(rate: str) -> str:
    return {"1e-5": r"(1e-5|0\.00001)"}.get(rate, re.escape(rate))


def test_the_plan_of_seed_002_is_built_with_the_mouse(form):
    """Split, drag the borders, freeze cells, type rates; the table beneath says the same, and Undo goes back."""
    build_with_the_mouse(form)
    is_seed_002(form)
    tool(form, "undo")
    until(form, lambda: float(planned(form)[2]["learning_rate"].split("stem: ")[1].split(",")[0]) == 1e-5)
    assert "head: 0.005" in planned(form)[2]["learning_rate"]


def tab_to(page: Page, key: str) -> None:
    """Press Tab, or Shift and Tab, until this has the focus."""
    now = "() => document.activeElement?.dataset?.key ?? ''"
    for word in ["Tab"] * 25 + ["Shift+Tab"] * 50:
        if page.evaluate(now) == key:
            return
        page.keyboard.press(word)
    raise AssertionError(f"{key} is out of the keyboard's reach")


def go_to(page: Page, stage: int, part: str) -> None:
    """From any cell to this one, with the arrows."""
    page.keyboard.press("Home")
    for _ in range(len(PARTS)):
        page.keyboard.press("ArrowUp")
    for _ in range(PARTS.index(part)):
        page.keyboard.press("ArrowDown")
    for _ in range(stage):
        page.keyboard.press("ArrowRight")
    expect(cell(page, stage, part)).to_be_focused()


def key(page: Page, name: str, seen) -> None:
    """Press a key and wait for what it does; the focus stays where it was."""
    page.keyboard.press(name)
    until(page, seen)
    drawn(page)


def test_the_plan_of_seed_002_is_built_with_the_keyboard_alone(form):
    """Tab reaches the grid, its borders and its buttons; arrows, Space and F2 do the rest; Control and Z takes back."""
    form.locator("[data-fold=plan]").focus()
    form.keyboard.press("Tab")
    expect(cell(form, 0, "stem")).to_be_focused()
    tab_to(form, "tool/split")
    key(form, "Enter", lambda: epochs(form) == [25, 25])
    tab_to(form, "border/1")  # which also chooses the second stage
    tab_to(form, "tool/split")
    key(form, "Enter", lambda: epochs(form) == [25, 13, 12])
    tab_to(form, "border/0")
    for leap in range(1, 5):
        key(form, "Shift+ArrowLeft", lambda leap=leap: epochs(form)[0] == 25 - 5 * leap)
    tab_to(form, "border/1")
    for leap in range(1, 4):
        key(form, "PageDown", lambda leap=leap: epochs(form)[1] == 33 - 5 * leap)
    for step in range(1, 4):
        key(form, "ArrowLeft", lambda step=step: epochs(form)[1] == 18 - step)
    tab_to(form, "0/stem") if form.evaluate("document.activeElement.role") == "gridcell" else to_grid(form)
    for stage, parts in ((0, PARTS[:4]), (1, PARTS[:2])):
        for part in parts:
            go_to(form, stage, part)
            key(form, "Space", lambda stage=stage, part=part: part not in states(form)[stage])
    for stage, parts, rate in ((0, OUTPUT, "0.001"), (1, UPPER, "0.0001"), (2, PARTS, "1e-5")):
        for part in parts:
            go_to(form, stage, part)
            form.keyboard.press("F2")
            expect(form.locator(".thaw-plan-input")).to_be_focused()
            form.keyboard.type(rate)
            form.keyboard.press("Enter")
            label = re.compile(rf"rate {shown(rate)}$")
            expect(cell(form, stage, part)).to_have_attribute("aria-label", label)
            drawn(form)
            expect(cell(form, stage, part)).to_be_focused()
    is_seed_002(form)
    go_to(form, 0, "stem")
    key(form, "Enter", lambda: "stem" in states(form)[0])
    key(form, "Control+z", lambda: "stem" not in states(form)[0])


def to_grid(page: Page) -> None:
    for _ in range(40):
        if page.evaluate("document.activeElement.getAttribute('role')") == "gridcell":
            return
        page.keyboard.press("Shift+Tab")
    raise AssertionError("the grid is out of the keyboard's reach")


def test_a_cell_that_is_clicked_before_the_dashboard_answers_keeps_what_was_typed(form):
    form.route("**/api/form/check", lambda route: route.abort())
    kept = "async () => (await window.thawForm).snapshot().form.stages[0].title"
    form.locator("[id='field.stages.0.title'] :is(input, textarea)").fill("mine")
    until(form, lambda: form.evaluate(kept) == "mine")
    cell(form, 0, "stem").click(position={"x": 5, "y": 5})
    expect(cell(form, 0, "stem")).not_to_have_class(re.compile("training"))
    assert form.evaluate(kept) == "mine"
    form.unroute_all()


def test_a_key_for_an_input_method_does_not_end_typing_a_rate(form):
    cell(form, 0, "head").locator("button").click()
    rate = form.locator(".thaw-plan-input")
    rate.fill("0.02")
    for key in ("Enter", "Escape"):
        press = "(input, key) => input.dispatchEvent(new KeyboardEvent('keydown', { key, isComposing: true }))"
        rate.evaluate(press, key)
        expect(rate).to_have_value("0.02")
    rate.press("Enter")
    expect(cell(form, 0, "head")).to_have_attribute("aria-label", re.compile(r"rate 0\.02$"))


def test_stages_are_added_merged_and_removed(form):
    tool(form, "add")
    until(form, lambda: epochs(form) == [50, 50])
    form.locator("[role=columnheader][data-stage='0']").click()
    tool(form, "merge")
    until(form, lambda: epochs(form) == [100])
    tool(form, "split")
    until(form, lambda: epochs(form) == [50, 50])
    tool(form, "remove")
    until(form, lambda: epochs(form) == [50])
    expect(form.locator("[data-plan=remove]")).to_be_disabled()
    expect(form.locator("[id='field.stages.1']")).to_have_count(0)


def faults(page: Page):
    return page.locator(".thaw-plan-faults")


def test_what_is_wrong_with_a_plan_stands_beside_its_cell_before_the_start(form):
    """Nothing trains; a rate below zero; an epoch field emptied; a part that went with another architecture."""
    start = form.locator("#thaw-start")
    for part in PARTS:
        cell(form, 0, part).click(position={"x": 5, "y": 5})
        expect(cell(form, 0, part)).to_have_class(re.compile("frozen"))
    expect(faults(form)).to_contain_text("trains nothing")
    expect(cell(form, 0, "stem")).to_have_class(re.compile("faulty"))
    expect(start).to_have_attribute("aria-disabled", "true")
    cell(form, 0, "head").click(position={"x": 5, "y": 5})
    expect(faults(form)).to_have_count(0)

    cell(form, 0, "head").locator("button").click()
    form.locator(".thaw-plan-input").fill("-0.1")
    form.keyboard.press("Enter")
    expect(faults(form)).to_contain_text("above 0 and at most 100, not -0.1")
    expect(form.locator("[role=columnheader][data-stage='0']")).to_have_class(re.compile("faulty"))
    tool(form, "undo")
    expect(faults(form)).to_have_count(0)

    form.locator("[id='field.stages.0.epochs'] input").fill("")
    expect(faults(form)).to_contain_text("is empty")
    form.locator("[id='field.stages.0.epochs'] input").fill("4")
    expect(faults(form)).to_have_count(0)


def test_a_part_that_went_with_another_architecture_is_shown_as_missing(form):
    """A plan for four layers, then the layout with three: the row stays, marked, and one click takes it out."""
    plan = TINY.replace("depth: 8, initial_channels: 8", "layout: imagenet, depth: 18, initial_channels: 8").replace(
        "stages: [{epochs: 50}]", "stages: [{epochs: 2, train: [layer4, head]}, {epochs: 2}]"
    )
    form.evaluate("async (text) => (await window.thawForm).ask('yaml', text)", plan)
    expect(cell(form, 0, "layer4")).to_have_class(re.compile("training"))
    form.evaluate("""async () => { const form = await window.thawForm;
        form.put("model", { ...form.snapshot().form.model, layout: "cifar", depth: 8 });
        form.choose("attention", "cbam"); }""")
    row = form.locator("[role=rowheader]", has_text="layer4")
    expect(row).to_contain_text("not in this model", timeout=60_000)
    expect(faults(form)).to_contain_text("layer4", timeout=90_000)
    expect(cell(form, 0, "layer4")).to_have_class(re.compile("faulty"))
    cell(form, 0, "layer4").click()
    expect(row).to_have_count(0)
    expect(faults(form)).to_have_count(0, timeout=90_000)


@pytest.mark.slow
def test_a_plan_is_started_watched_lengthened_and_repeated(open_page, served):
    """At the boundary: marker, new rate, thawed parts. Stage 2 is lengthened, then skipped; the rerun does the same."""
    page = opened(open_page("?tab=train"))
    build_with_the_mouse(page)
    is_seed_002(page)
    run = start(page, served)
    until(page, lambda: run.status().get("stage") == 1, 240)
    paused(page, run)
    wait_for_chart(page, "loss")
    hover = "() => document.querySelector('[data-chart=loss] .thaw-plot').layout.annotations.map((a) => a.hovertext)"
    until(page, lambda: any("thaw layer2, layer3" in (told or "") for told in page.evaluate(hover)), 60)
    assert any("rate 0.0001" in (told or "") for told in page.evaluate(hover))
    expect(page.locator(".thaw-events")).to_contain_text("Stage 2 started")
    expect(page.locator(".thaw-events")).to_contain_text("Dry run of each stage passed")

    page.locator(".thaw-plan-controls > summary").click()
    controls = page.locator(".thaw-plan-controls")
    controls.get_by_label("Length (epochs)").fill("40")
    controls.get_by_role("button", name="Change length").click()
    said = page.locator(".thaw-plan-controls-said")
    expect(said).to_contain_text("stage 2 now lasts 40 epochs and ends after", timeout=60_000)
    controls.get_by_label("Learning rate").fill("head 0.0005, layer3 0.0002")
    controls.get_by_role("button", name="Change learning rate").click()
    expect(said).to_contain_text("the learning rate of stage 2 is now", timeout=60_000)
    page.locator("[data-command=continue]").click()
    page.locator("[data-command=next_stage]").click()
    until(page, lambda: run.status().get("stage") == 2, 120)
    paused(page, run)
    status = run.status()
    length = status["epoch"] - status["stages"][1]["ends"] // status["iterations_per_epoch"] + 2
    expect(controls.locator("option")).to_have_count(1)
    controls.get_by_label("Length (epochs)").fill(str(length))
    controls.get_by_role("button", name="Change length").click()
    expect(said).to_contain_text(f"stage 3 now lasts {length} epochs", timeout=60_000)
    page.locator("[data-command=continue]").click()
    until(page, lambda: run.status()["state"] == "finished", 240)
    expect(page.locator(".thaw-plan-controls")).to_be_hidden()

    page.locator("[data-command=again]").click()
    expect(page.locator("[id='field.edits.0']")).to_contain_text("stages.1.epochs = 40", timeout=60_000)
    again = start(page, served)
    until(page, lambda: again.status()["state"] == "finished", 300)
    assert story(again) == story(run)
    last = [folder.find_checkpoint("last").weights_file.read_bytes() for folder in (run, again)]
    assert last[0] == last[1]


def start(page: Page, served) -> run_folder.RunFolder:
    expect(page.locator("#thaw-start")).to_have_attribute("aria-disabled", "false", timeout=90_000)
    page.locator("#thaw-start").click()
    page.wait_for_url(re.compile(r"\?run="), timeout=90_000)
    return all_runs.find(served.runs, page.url.split("run=")[1])


def paused(page: Page, run: run_folder.RunFolder) -> None:
    """Press Pause, so that what follows does not race the training."""
    page.locator("[data-command=pause]").click()
    until(page, lambda: run.status()["state"] == "paused", 60)


def story(run: run_folder.RunFolder) -> list:
    kinds = ("stage_began", "edit")
    return [(e["kind"], e["iteration"], e["text"], e["values"]) for e in run.events() if e["kind"] in kinds]
