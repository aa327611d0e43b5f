"""What the dashboard assumes about Gradio holds for the installed version, one message for each assumption.

If a new Gradio breaks one of these, the repair belongs in dashboard/form/gradio_internals.py, static/base/gradio.js or
static/styles/gradio.css, and nowhere else.
"""

import json
import re
import time
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext
from playwright.sync_api import Browser

from dashboard import page as frame
from dashboard.form import gradio_internals
from dashboard.form.field_texts import FieldTexts
from tests.page.contract_page import STATIC, Contract, Options, build, served

KINDS = list(Options.model_fields)
STYLES = (STATIC / "styles" / "gradio.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address():
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def contract(address, browser: Browser):
    context = browser.new_context(color_scheme="light", locale="en-US")
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url.removeprefix(address.removesuffix("/"))))
    page.goto(address)
    contract = Contract(page, asked)
    contract.becomes("window.gradio !== undefined", "the words of `head` stand in the head of the page")
    contract.becomes("window.hasBegun === true", "`load` of the root block runs our JavaScript (on_load)")
    for name in ("redraw", "keep"):
        there = f"document.getElementById('thaw-form-{name}') !== null"
        contract.becomes(there, f"a button with visible='hidden' is on the page, under our id ({name})")
    contract.js("gradio.redraw()")
    contract.becomes("gradio.drawnNumber() === 1", "pressing a hidden button draws the form (redraw)")
    yield contract
    context.close()


# --- fields


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_has_our_id_a_label_and_an_input(contract, kind):
    node, label = f"gradio.fieldNode('{kind}')", FieldTexts("en").label(f"contract.{kind}")
    contract.becomes(f"{node} !== null", f"the elem_id of a component is the id of its node ({kind}: fieldNode)")
    contract.holds(f"gradio.isComponent({node})", f"a component has the class `block` ({kind}: isComponent)")
    contract.holds(f"gradio.labelOf({node}) === '{label}'", f"the label stands in block-info ({kind}: labelOf)")
    contract.holds(f"gradio.inputsOf({node}).length > 0", f"a field is an input or a textarea ({kind}: inputsOf)")
    inside = f"gradio.pathAround(gradio.inputsOf({node})[0])"
    contract.holds(f"{inside} === '{kind}'", f"the input of a field lies in its node ({kind}: pathAround)")
    contract.js(f"gradio.focusInside({node})")
    contract.holds("gradio.isFormFocused()", f"the input of a field can have the focus ({kind}: focusInside)")


def test_the_input_of_a_menu_is_a_combobox(contract):
    for kind in KINDS:
        is_search = f"gradio.isSearchInput(gradio.inputsOf(gradio.fieldNode('{kind}'))[0])"
        assumption = f"menus, and no other fields, have an input with the role `combobox` ({kind}: isSearchInput)"
        contract.holds(f"{is_search} === {json.dumps(kind in ('choice', 'words'))}", assumption)


def test_sections_are_columns_with_our_ids(contract):
    contract.holds("gradio.sectionNodes().length === 2", "the elem_id of a column is the id of its node (sectionNodes)")
    names = "gradio.sectionsAround(gradio.fieldNode('text')).map(({ id }) => id).join()"
    contract.holds(f"{names} === 'section.inner,section.outer'", "columns lie in each other (sectionsAround)")


# --- events


def enter(contract: Contract, kind: str) -> Any:
    """Change a field as a person does; the value that this gives it."""
    field = contract.input(kind)
    match kind:
        case "switch":
            field.click()
            return True
        case "choice" | "words":
            field.click()
            contract.page.locator("[role=option]", has_text="other").click()
            return {"choice": "other", "words": ["one", "other"]}[kind]
        case "share" | "number":
            value = {"share": 0.25, "number": 7}[kind]
            field.fill(str(value))
            return value
    field.fill("typed")
    return "typed"


@pytest.mark.parametrize("kind", KINDS)
def test_entering_a_value_calls_our_script_with_it(contract, kind):
    contract.redraw(generation=time.time_ns() // 1000)
    contract.js("void (window.told.length = 0)")
    entered = json.dumps([kind, enter(contract, kind)])
    told = f"JSON.stringify(window.told.at(-1)) === JSON.stringify({entered})"
    contract.becomes(told, f"an event with `js` tells a new value, and nothing after it ({kind}: Fields.listen)")


@pytest.mark.parametrize("leave", ["Enter", "elsewhere", "emptied"])
def test_what_is_typed_into_a_menu_of_several_words_or_emptied_is_told(contract, leave):
    contract.redraw(generation=time.time_ns() // 1000)
    contract.js("void (window.told.length = 0)")
    contract.input("words").click()
    contract.page.keyboard.type("" if leave == "emptied" else "third")
    match leave:
        case "Enter":
            contract.page.keyboard.press("Enter")
        case "elsewhere":
            contract.input("text").click()
        case "emptied":
            contract.page.locator("[id='field.words'] .remove-all").click()
    words = [] if leave == "emptied" else ["one", "third"]
    told = f"JSON.stringify(window.told.at(-1)) === '{json.dumps(['words', words], separators=(',', ':'))}'"
    contract.becomes(told, f"a menu of several words tells of each change by `change` ({leave}: Fields.listen)")


def test_enter_in_an_empty_menu_of_several_words_is_known_by_what_is_marked_in_it(contract):
    contract.redraw(generation=time.time_ns() // 1000)
    look = "(event) => { window.isEmpty = gradio.isEmptyWord(event); }"
    contract.js(f"""void document.addEventListener("keydown", {look}, true)""")
    for kind, keys, empty in (
        ("words", ["Enter"], True), ("words", ["ArrowDown", "Enter"], False), ("choice", ["Enter"], False),
    ):  # fmt: skip
        contract.input(kind).click()
        for key in keys:
            contract.page.keyboard.press(key)
        contract.holds(f"window.isEmpty === {json.dumps(empty)}", f"a marked option is told ({kind}: isEmptyWord)")


def test_what_our_script_returns_is_kept_by_the_browser(contract):
    contract.js("gradio.keep()")
    kept = "[...Object.values(localStorage)].length === 1"
    contract.becomes(kept, "a BrowserState stands in localStorage (keep)")


# --- drawing again


def test_a_field_with_the_same_key_keeps_its_node_and_its_focus(contract):
    contract.redraw(generation=time.time_ns() // 1000)
    contract.input("text").fill("typed")
    contract.js("void (gradio.fieldNode('text').isMarked = true)")
    contract.redraw(values=contract.js("window.order.values") | {"text": "typed"})
    node = "gradio.fieldNode('text')"
    contract.holds(f"{node}.isMarked === true", "a component with the same key keeps its node (key)")
    contract.holds(f"{node}.contains(document.activeElement)", "a component with the same key keeps its focus (key)")
    contract.holds(f"gradio.inputsOf({node})[0].value === 'typed'", "it shows the value that it is drawn with (key)")


def test_a_field_with_another_key_shows_the_new_value(contract):
    for number, word in enumerate(("first", "second")):
        values = contract.js("window.order.values") | {"text": word}
        contract.redraw(generation=time.time_ns() // 1000 + number, values=values)
        shown = f"gradio.inputsOf(gradio.fieldNode('text'))[0].value === '{word}'"
        contract.becomes(shown, "a component with another key has the value that it is drawn with (key)")


def test_a_drawing_changes_nodes_below_the_form(contract):
    contract.js("void (window.drawings = 0, gradio.onDrawn(() => (window.drawings += 1)))")
    contract.redraw(generation=time.time_ns() // 1000)
    contract.becomes("window.drawings > 0", "a drawing changes nodes below the column of the form (onDrawn)")


# --- the frame


def test_a_tab_has_a_button_with_an_id_made_of_ours(contract):
    contract.holds("gradio.tabButton('run') !== null", "the button of a tab has the id ELEM_ID-button (tabButton)")
    contract.holds("gradio.isOpenTab('train')", "the button of the open tab is aria-selected (isOpenTab)")
    contract.js("gradio.tabButton('run').click()")
    contract.becomes("gradio.isOpenTab('run')", "pressing the button of a tab opens it (showTab)")
    contract.becomes("document.getElementById('thaw-run') !== null", "an open tab draws its HTML (appeared)")
    contract.js("gradio.tabButton('train').click()")
    contract.becomes("gradio.isOpenTab('train')", "pressing the button of a tab opens it (showTab)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colours_of_the_system(address, browser, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    contract = Contract(page, [])
    contract.becomes("window.gradio !== undefined", "the words of `head` stand in the head of the page")
    is_dark = f"gradio.isDark() === {json.dumps(scheme == 'dark')}"
    contract.becomes(is_dark, f"the body has the class `dark` on dark systems only ({scheme}: isDark)")
    context.close()


CLOCK_RUNS = """() => new Promise((resolve) => {
    let looks = 0;
    performance.now = () => {
        looks += new Error().stack.split("\\n", 3).join().includes("/statustracker-");
        return Performance.prototype.now.call(performance);
    };
    setTimeout(() => (delete performance.now, resolve(looks > 0)), 500);
})"""


def test_the_clock_of_the_loading_sign_is_ended(address, browser):
    page = browser.new_page()
    page.goto(address)
    contract = Contract(page, [])
    contract.becomes("window.hasBegun === true", "`load` of the root block runs our JavaScript (on_load)")
    contract.holds(f"({CLOCK_RUNS})()", "the clock of the loading sign never ends (endLoadingClock is needed)")
    contract.js("""void (gradio.endLoadingClock(), requestAnimationFrame(() => requestAnimationFrame(() => {
        requestAnimationFrame(() => (window.came = true));
    })))""")
    contract.becomes("window.came === true", "no frame but that of the clock is taken back")
    contract.becomes("!Object.hasOwn(performance, 'now')", "the time is read as before after two frames")
    contract.holds(f"({CLOCK_RUNS})().then((runs) => !runs)", "that clock reads the time, then asks for its next frame")
    page.close()


def selectors() -> list[str]:
    """What gradio.css says of Gradio: its classes and data attributes."""
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}|\[id[^\]]*\]", "", STYLES, flags=re.DOTALL)
    return sorted({*re.findall(r"\.[a-z][\w-]*(?![\w-])", rules), *re.findall(r"\[data-[^\]]+\]", rules)})


@pytest.mark.parametrize("selector", [one for one in selectors() if not one.startswith(".thaw") and one != ".dark"])
def test_gradio_draws_what_its_style_sheet_names(contract, selector):
    contract.becomes(f"document.querySelector('{selector}') !== null", f"there is a `{selector}` (gradio.css)")


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"--(?!thaw)[a-z-]+", STYLES))))
def test_gradios_theme_has_the_variables_that_its_style_sheet_sets(address, contract, variable):
    theme = contract.page.request.get(f"{address}theme.css").text()
    used = f"{variable}:" in theme
    assert used, f"Gradio has changed: its theme no longer has the variable {variable} (gradio.css)"


def test_the_themes_fonts_are_ours(address, contract):
    theme = contract.page.request.get(f"{address}theme.css").text()
    for variable, fonts in {"--font": frame.SYSTEM_FONTS, "--font-mono": frame.MONOSPACE}.items():
        assert f"{variable}: {fonts};" in theme, f"Gradio has changed: {variable} is not ours (set_fonts)"


# --- routes


def test_the_page_asks_only_for_routes_that_the_dashboard_serves(contract):
    contract.redraw()
    paths = {path.partition("?")[0] for path in contract.asked if path.startswith("/")}
    assert {"/", "/gradio_api/queue/join"} <= paths
    unserved = [path for path in paths if not gradio_internals.ROUTES.fullmatch(path)]
    assert unserved == [], "Gradio has changed: its page asks for routes that are not served (ROUTES)"


# --- Python


def test_the_queue_sleeps_as_long_as_it_is_told():
    blocks = gr.Blocks()
    name = "Gradio has changed: Blocks has no _queue.sleep_when_free any more (look_at_queue_every)"
    assert isinstance(getattr(getattr(blocks, "_queue", None), "sleep_when_free", None), float), name
    gradio_internals.look_at_queue_every(blocks, 0.5)
    assert blocks._queue.sleep_when_free == 0.5


def test_a_session_keeps_its_blocks_where_they_can_be_forgotten():
    blocks = build()
    block = next(iter(blocks.default_config.blocks.values()))
    for holder, name in (
        (LocalContext, "blocks_config"), (LocalContext, "renderable"), (blocks, "temp_file_sets"),
        (blocks.default_config, "blocks"), (blocks.default_config, "root_block"),
        (block, "rendered_in"), (block, "parent"), (block, "temp_files"),
    ):  # fmt: skip
        what = getattr(holder, "__name__", type(holder).__name__)
        assert hasattr(holder, name), f"Gradio has changed: {what} has no {name} any more (forget_before)"
