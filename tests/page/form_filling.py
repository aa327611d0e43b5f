"""Filling in the form of the Train tab as somebody does who waits until it is drawn."""

from playwright.sync_api import Page, expect


def drawn(page: Page) -> None:
    """Wait until the form is drawn: nobody types that fast."""
    expect(page.locator("#thaw-form-drawn")).to_be_attached(timeout=180_000)
    expect(page.locator("#thaw-form[aria-busy]")).to_have_count(0)


def field(page: Page, path: str):
    """The input of a field."""
    return page.locator(f"[id='field.{path}'] :is(input:not([type=range]), textarea)").first


def choose(page: Page, path: str, option: str) -> None:
    drawn(page)
    field(page, path).click()
    page.locator("[role=option]", has_text=option).first.click()


def choose_digits(page: Page, preset: str = "Digits") -> None:
    """Choose the quick preset for digits, and wait until the form is that preset's: other presets share its numbers."""
    choose(page, "preset", preset)
    expect(field(page, "data.name")).to_have_value("digits")
    drawn(page)


def unfold(page: Page, section: str) -> None:
    drawn(page)
    page.locator(f"[data-fold='{section}']").click()
