"""Somebody walks over a filled form with mouse and keys and chooses nothing: it stays as it is, to the last field.

Then they choose: what a choice replaces is said, and comes back with Undo.
"""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.form_filling import choose, drawn, field

pytestmark = pytest.mark.page
ENTERED = """async () => {
    const form = await window.thawForm;
    form.put("batch_size", 17);
    form.put("stages.0.epochs", 6);
    form.put("stages.1.learning_rate", "0.002");
    form.put("validation", "0.15");
    form.choose("data", "image_folder");
    form.put("data.path", "/my pictures");
}"""
OPEN_ALL = "() => document.querySelectorAll('[data-fold][aria-expanded=false]').forEach((button) => button.click())"
KEPT = "async () => { const { form, preset } = (await window.thawForm).snapshot(); return { ...form, preset }; }"
# Events of a field in which nothing is chosen, in the orders in which Chrome, Firefox and Safari fire them; some of
# them fire `input` and `change` where nothing was changed, as when a composed or a completed word stays what it was.
WALK = """async () => {
    const key = (name) => ["keydown", "keyup"].map((kind) => new KeyboardEvent(kind, { key: name, bubbles: true }));
    const plain = (...kinds) => kinds.map((kind) => new Event(kind, { bubbles: !["focus", "blur"].includes(kind) }));
    const orders = [
        [...plain("focus", "focusin"), ...key("Tab"), ...plain("change", "blur", "focusout")],
        [...plain("focusin", "focus"), ...key("Escape"), ...plain("focusout", "blur", "change")],
        [...plain("focus", "input", "compositionend", "input", "change", "blur")],
        [...plain("focus"), ...key("Enter"), ...plain("blur")],
        [...plain("blur", "blur")],
    ];
    const inputs = [...document.querySelectorAll("#thaw-form [id^='field.'] :is(input, textarea)")];
    for (const input of inputs)
        for (const order of orders)
            for (const event of order) {
                input.dispatchEvent(event);
                await Promise.resolve();
            }
    return inputs.length;
}"""


@pytest.fixture
def entered(form: Page) -> Page:
    """A form that begins with a preset, with settings of one's own in it."""
    form.evaluate(ENTERED)
    drawn(form)
    expect(field(form, "data.path")).to_have_value("/my pictures")
    form.evaluate(OPEN_ALL)
    return form


def whole_forms(page: Page) -> list[str]:
    """A list that fills with what is asked of the dashboard that gives whole forms or plans."""
    asked: list[str] = []
    found = re.compile(r"/api/form/(preset|plan|epochs|run|yaml)$")
    page.on("request", lambda request: asked.extend(found.findall(request.url)))
    return asked


def all_told(page: Page) -> None:
    """Wait until Gradio has told of every event so far: it tells of them in order."""
    write = """(input, text) => {
        input.value = text;
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }"""
    for text in ("walked", ""):
        field(page, "label").evaluate(write, text)
        told = f"async () => (await window.thawForm).snapshot().form.label === '{text}'"
        page.wait_for_function(told)


def tab_over(page: Page, path: str) -> None:
    field(page, path).focus()
    page.keyboard.press("Tab")
    all_told(page)


def walk_with_keys_and_mouse(page: Page) -> int:
    """Tab, Escape and Enter across every field; menus are opened and left; a wheel turns over a number in focus."""
    field(page, "preset").focus()
    place = """() => {
        const { activeElement: at, body } = document; // the list of a menu that closes may have had the focus
        if (at !== body && !at.closest("#thaw-form")) return null;
        return { id: at.closest("[id^='field.']")?.id, isMenu: at.matches("[role=combobox], [type=number]") };
    }"""
    seen = set()
    for step in range(400):
        at = page.evaluate(place)
        if at is None:
            break
        seen.add(at.get("id"))
        if at["isMenu"]:
            page.keyboard.press(["Escape", "Enter"][step % 2])
        page.keyboard.press("Tab")
    left = ("preset", "data.name", "model.name", "plan", "stages.1.train", "validation", "weights", "augmentations")
    for path in left:
        field(page, path).click()
        page.locator(".thaw-summary h2").click()
    field(page, "batch_size").click()
    page.mouse.wheel(0, 100)
    return len(seen)


def test_events_without_a_choice_change_no_field_and_lose_no_choice_on_its_way(entered):
    before, asked = entered.evaluate(KEPT), whole_forms(entered)
    assert entered.evaluate(WALK) > 60, "every field of every section"
    all_told(entered)
    assert (entered.evaluate(KEPT), asked) == (before, [])
    assert walk_with_keys_and_mouse(entered) > 60
    all_told(entered)
    assert (entered.evaluate(KEPT), asked) == (before, [])

    entered.route("**/api/form/preset", lambda route: route.fulfill(status=409, json={"error": "damaged"}))
    choose(entered, "preset", "First run")
    expect(entered.locator(".thaw-toast.error")).to_have_text("damaged")
    expect(field(entered, "preset")).to_have_value(re.compile("Digits quick"))
    assert entered.evaluate(KEPT) == before
    entered.unroute("**/api/form/preset")

    held: list[Route] = []
    entered.route("**/api/form/preset", lambda route: held.append(route))
    with entered.expect_request("**/api/form/preset"):
        choose(entered, "preset", "First run")
    tab_over(entered, "epochs")
    with entered.expect_response("**/api/form/preset"):
        held[0].continue_()
    expect(field(entered, "data.name")).to_have_value("clothing")
    assert len(held) == 1


def test_what_menus_of_several_words_show_is_what_the_form_holds(form):
    words = "async () => (await window.thawForm).snapshot().form.stages[1].train"
    menu = field(form, "stages.1.train")
    form.evaluate(OPEN_ALL)
    menu.fill("layer9")
    form.locator(".thaw-summary h2").click()  # typed and left, without Enter
    all_told(form)
    assert form.evaluate(words) == ["layer3", "attention", "head", "layer9"]
    menu.click()
    form.locator("[id='field.stages.1.train'] .remove-all").click()
    all_told(form)
    assert form.evaluate(words) == []


def undo(page: Page) -> None:
    page.locator(".thaw-toast-action").click()
    drawn(page)


def test_another_preset_or_part_says_what_it_replaces_and_can_be_undone_and_redone(entered):
    before = entered.evaluate(KEPT)
    generation = entered.evaluate("async () => (await window.thawForm).snapshot().generation")
    choose(entered, "preset", "First run")
    expect(entered.locator(".thaw-toast")).to_contain_text("replaced the form")
    expect(field(entered, "data.name")).to_have_value("clothing")
    chosen = entered.evaluate(KEPT)
    undo(entered)
    expect(field(entered, "data.path")).to_have_value("/my pictures")
    expect(field(entered, "preset")).to_have_value(re.compile("Digits quick"))
    assert entered.evaluate(KEPT) == before
    entered.locator("#thaw-redo").click()
    expect(field(entered, "data.name")).to_have_value("clothing")
    assert entered.evaluate(KEPT) == chosen
    entered.locator("#thaw-undo").click()

    choose(entered, "data.name", "digits")
    expect(entered.locator(".thaw-toast")).to_contain_text("Settings of image_folder removed: Path")
    field(entered, "batch_size").fill("18")
    undo(entered)
    expect(field(entered, "data.path")).to_have_value("/my pictures")
    expect(field(entered, "batch_size")).to_have_value("18")

    assert entered.evaluate(KEPT) == before | {"batch_size": 18}

    late = """async (generation) => {
        const origin = { generation, item: null, part: null, drawn: 17 };
        (await window.thawForm).entered("batch_size", origin, 645); // typed into a field that has been replaced
    }"""
    entered.evaluate(late, generation)
    expect(field(entered, "batch_size")).to_have_value("645")
