"""A run is deleted on the disk, or the dashboard goes away: the page says since when it knows nothing new, and of what.

And what stands on the page stays there until it changes, so that it can be selected and copied.
"""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.page.looking import live_answers, settle, until

pytestmark = pytest.mark.page
CUT = re.compile(r"/api/(?!texts)")
SINCE = re.compile(r"No answer from the dashboard since .*\d\d:\d\d:\d\d")  # with its date, where it was yesterday
BACK = "document.dispatchEvent(new Event('visibilitychange'))"  # whoever comes back asks at once
# Counts texts that are put in the place of the same text, from now on.
WATCH = """(selector) => {
    window.rewritten = [];
    new MutationObserver((records) => {
        for (const { removedNodes, addedNodes, target } of records) {
            if (target.closest?.(".thaw-plot")) continue; // Plotly draws its own words
            const [before, after] = [removedNodes, addedNodes].map((nodes) => [...nodes].map((n) => n.textContent));
            const same = before.filter((words) => words.trim() && after.includes(words));
            if (same.length) window.rewritten.push([target.className, ...same]);
        }
    }).observe(document.querySelector(selector), { childList: true, subtree: true });
}"""
SELECT = """(selector) => getSelection().selectAllChildren(document.querySelector(selector))"""


def buttons(page: Page):
    return page.locator(".thaw-top button:enabled:visible")


def test_a_run_that_is_deleted_on_the_disk_is_no_longer_called_running_until_it_is_back(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300, label="taken away")
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-head .thaw-pill")).to_have_text("Running")
    aside = run.folder.path.with_name("aside")
    run.folder.path.rename(aside)
    expect(page.locator(".thaw-head .thaw-pill")).to_have_text("Gone")
    expect(page.locator(".thaw-sentence")).to_contain_text("no longer in the runs folder")
    expect(buttons(page)).to_have_count(0)
    assert page.title().startswith("!")
    expect(page.locator(".thaw-toast")).to_have_count(0)
    aside.rename(run.folder.path)
    page.evaluate(BACK)
    expect(page.locator(".thaw-head .thaw-pill")).to_have_text("Running")
    expect(page.locator("[data-command=stop]")).to_be_enabled()


def test_a_dashboard_that_is_gone_is_said_with_its_time_and_buttons_that_would_reach_nobody_are_off(open_page, growing):
    """On every screen, until it is back."""
    run = growing(iterations=2000, per_epoch=100, start=300, label="one")
    other = growing(iterations=2000, per_epoch=100, start=300, label="two")
    for place, banner in ((f"?run={run.id}", ".thaw-run"), (f"?compare={run.id},{other.id}", ".thaw-runs"),
                          ("?tab=runs", ".thaw-runs")):  # fmt: skip
        page = open_page(place)
        expect(page.get_by_text("Running").first).to_be_visible()
        page.route(CUT, lambda route: route.abort())
        expect(page.locator(f"{banner} .thaw-banner:visible")).to_contain_text(SINCE)
        if place.startswith("?run"):
            expect(buttons(page)).to_have_count(0)
        if place == "?tab=runs":
            page.locator(".thaw-menu-button").first.click()
            for name in ("Rename", "Delete"):
                expect(page.get_by_role("menuitem", name=name)).to_have_attribute("aria-disabled", "true")
            page.keyboard.press("Escape")
        page.unroute(CUT)
        page.evaluate(BACK)
        expect(page.locator(f"{banner} .thaw-banner:visible")).to_have_count(0)
        page.close()


def test_a_deleted_run_leaves_the_list_and_is_named_in_a_comparison(open_page, growing):
    kept, lost = (growing(iterations=2000, per_epoch=100, start=300, label=label) for label in ("kept", "lost"))
    runs, compared = open_page("?tab=runs"), open_page(f"?compare={kept.id},{lost.id}")
    expect(runs.get_by_role("link", name="lost")).to_be_visible()
    expect(compared.locator(".thaw-legend")).to_contain_text("lost")
    asked = []
    runs.on("request", lambda request: asked.append(request.url))
    shutil.rmtree(lost.folder.path)
    expect(compared.locator(".thaw-banner:visible")).to_contain_text("No longer in the runs folder: lost")
    expect(compared.locator(".thaw-legend [data-state=gone]")).to_have_count(1)
    until(runs, lambda: runs.get_by_role("link", name="lost").count() == 0)
    assert all("ids=" in url for url in asked if "/api/runs?" in url), "the very next look at the active runs tells it"
    lost.run.status["state"] = "stopped"  # its folder is gone: the fixture need not end it


def test_what_has_not_changed_is_not_written_anew_and_can_be_copied(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300, label="to be copied")
    other = growing(iterations=2000, per_epoch=100, start=300, label="beside it")
    log = run.folder.path / "log.txt"
    log.write_text("first line\n", encoding="utf-8")
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-head h1")).to_have_text("to be copied")
    live_answers(page)
    page.evaluate(SELECT, ".thaw-head h1")
    page.evaluate(WATCH, ".thaw-run")
    for _ in range(3):
        run.advance(5)
        live_answers(page, 2)
    assert page.evaluate("() => getSelection().toString()") == "to be copied"
    assert page.evaluate("() => window.rewritten") == []
    page.locator(".thaw-log").scroll_into_view_if_needed()
    expect(page.locator(".thaw-log")).to_contain_text("first line\n")
    page.evaluate(SELECT, ".thaw-log")
    with log.open("a", encoding="utf-8") as more:
        more.write("second line\n")
    expect(page.locator(".thaw-log")).to_contain_text("second line")
    assert page.evaluate("() => getSelection().toString()").startswith("first line")
    for place, chosen in ((f"?compare={run.id},{other.id}", ".thaw-legend li span:last-child"),
                          ("?tab=runs", ".thaw-run-link")):  # fmt: skip
        page.goto(page.url.partition("?")[0] + place)
        expect(page.locator(chosen).first).to_be_visible()
        with page.expect_response(re.compile("/api/runs")):
            run.advance(5)
        settle(page)
        words = page.locator(chosen).first.inner_text()
        page.evaluate(SELECT, chosen)
        page.evaluate(WATCH, ".thaw-runs")
        for _ in range(2):
            run.advance(5)
            page.wait_for_event("response", lambda response: "/api/runs" in response.url)
        settle(page)
        assert page.evaluate("() => getSelection().toString()") == words
        assert page.evaluate("() => window.rewritten") == []
