"""Looking at charts and requests of a page under test."""

import time

from playwright.sync_api import Page

DRAWN = "[data-chart={}] .thaw-plot .plot-container"
AXES = """() => Object.fromEntries([...document.querySelectorAll(".thaw-plot")].filter((plot) => plot._fullLayout).map(
    (plot) => [plot.closest("figure").dataset.chart, {
        x: plot._fullLayout.xaxis.range, y: plot._fullLayout.yaxis.range, dashes: plot.data.map((t) => t.line.dash),
        counts: plot.data.map((t) => t.x.length), ends: plot.data.map((t) => t.x.at(-1)),
        stacked: plot.data.map((t) => Boolean(t.stackgroup)), tops: plot.data.map((t) => Math.max(...t.y)),
    }]))"""
COUNT_DRAWS = """() => {
    window.draws = [];
    for (const plot of document.querySelectorAll(".thaw-plot"))
        plot.on?.("plotly_afterplot", () => window.draws.push(performance.now()));
}"""
CALM = """() => new Promise((calm) => {
    let timer = setTimeout(calm, 600);
    for (const plot of document.querySelectorAll(".thaw-plot"))
        plot.on?.("plotly_afterplot", () => { clearTimeout(timer); timer = setTimeout(calm, 600); });
})"""
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def own_module(page: Page, name: str) -> str:
    """JavaScript that imports one of the page's own modules, the very one that the page has imported."""
    main = page.locator("script[src$='/main.js']").evaluate("script => script.src")
    return f"import('{main.removesuffix('main.js')}{name}')"


def axes(page: Page, chart: str) -> dict:
    return page.evaluate(AXES)[chart]


def wait_for_chart(page: Page, chart: str) -> None:
    see(page, chart, DRAWN.format(chart))


def see(page: Page, chart: str, selector: str) -> None:
    """Scroll to a chart until it shows this; what loads above it may push it out of view again."""

    def seen() -> bool:
        page.locator(f"[data-chart={chart}]").scroll_into_view_if_needed(timeout=20_000)
        return page.locator(selector).is_visible()

    until(page, seen)


def drag(page: Page, chart: str, start: float, stop: float) -> None:
    """Zoom a chart by dragging across these shares of its width."""
    page.locator(f"[data-chart={chart}]").scroll_into_view_if_needed()
    box = page.locator(f"[data-chart={chart}] .nsewdrag").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + stop * box["width"], middle + 2, steps=8)
    page.mouse.up()


def until(page: Page, question, seconds: float = 20):
    """Wait until the question has an answer that is true, and return it; the page goes on meanwhile."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(100)
    return answer


def settle(page: Page) -> None:
    """Let the page work off what has reached it."""
    page.evaluate("() => new Promise((worked_off) => setTimeout(worked_off, 100))")


def live_answers(page: Page, count: int = 3) -> None:
    """Wait for so many answers about a run that goes on; what the first but one has brought is drawn by then."""
    for _ in range(count):
        page.wait_for_event("response", lambda response: "/live?" in response.url)


def asked(page: Page) -> list[str]:
    """A list that fills with the addresses that the page asks from now on."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    return urls
