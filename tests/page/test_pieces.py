"""One piece of a page throws, as it may on data of tomorrow: it is named, and the others work."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.form_filling import drawn
from tests.page.looking import own_module, wait_for_chart

pytestmark = pytest.mark.page
THROWS = 'throw new Error("AbortError, made by the test")'  # words that a watched page may print
BREAK_LOSS = """async (module) => {
    const { View } = await module;
    window.build = View.prototype.build;
    View.prototype.build = function (spec) {
        if (spec.name === "loss") throw new Error("AbortError, made by the test");
        return window.build.call(this, spec);
    };
}"""
MEND_LOSS = "async (module) => void ((await module).View.prototype.build = window.build)"


def replaced(page: Page, module: str, text: str) -> None:
    """Serve a module of the page as this text."""
    page.route(
        re.compile(rf"/static/.*{module}$"), lambda route: route.fulfill(body=text, content_type="text/javascript")
    )


def failed(page: Page):
    return page.locator(".thaw-piece-failed")


def test_a_chart_and_a_panel_that_fail_are_named_and_the_others_go_on(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page("?tab=runs")
    replaced(page, "run/events.js", f"export class Events {{ constructor() {{ {THROWS}; }} }}")
    replaced(page, "run/key_figures.js",
             f"export class KeyFigures {{ node = document.createElement('p'); update() {{ {THROWS}; }} }}\n"
             "export const setName = () => '';")  # fmt: skip
    expect(page.locator(".thaw-run-link").first).to_be_visible()
    module = own_module(page, "charts/chart_view.js")
    page.evaluate(f"() => ({BREAK_LOSS})({module})")
    page.evaluate(f"() => window.history.pushState({{}}, '', '?run={run.id}')")
    page.evaluate("window.dispatchEvent(new Event('popstate'))")
    wait_for_chart(page, "accuracy")
    for name in ("Events", "Key figures", "Loss"):
        expect(
            failed(page).filter(has_text=f"“{name}” could not be shown: AbortError, made by the test")
        ).to_have_count(1)
    run.advance(100)
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 400")
    page.evaluate(f"() => ({MEND_LOSS})({module})")
    run.advance(100)
    wait_for_chart(page, "loss")
    expect(failed(page)).to_have_count(2)


def test_a_screen_a_piece_of_the_form_and_a_line_that_fail_are_named_and_the_rest_works(open_page, growing):
    growing(iterations=2000, per_epoch=100, start=300, label="good")
    odd = growing(iterations=2000, per_epoch=100, start=300, label="odd")
    page = open_page("?tab=runs")
    swatch = f"export function swatch(run) {{ if (run.id === '{odd.id}') {THROWS}; return ''; }}"
    replaced(page, "base/swatch.js", swatch)
    replaced(page, "form/network.js", f"export function drawNetwork() {{ {THROWS}; }}")
    replaced(page, "attention/page.js", THROWS)
    page.goto(page.url.replace("tab=runs", "tab=train"))
    drawn(page)
    expect(failed(page)).to_contain_text("“Model, attention and starting weights” could not be shown")
    expect(page.locator(".thaw-summary h2")).to_have_text("Ready to start")
    page.get_by_role("tab", name="Attention").click()
    expect(failed(page).filter(visible=True)).to_contain_text("“Attention” could not be shown")
    page.get_by_role("tab", name="Runs").click()
    expect(page.get_by_role("link", name="good")).to_be_visible()
    expect(failed(page).filter(visible=True)).to_contain_text(odd.id)
