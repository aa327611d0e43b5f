"""The browser of page tests and benchmarks: named by THAW_CHROMIUM, else the first on the path, else playwright's."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
         "msedge")  # fmt: skip
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start it; the caller closes it."""
    path = os.environ.get("THAW_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    return playwright.chromium.launch(executable_path=path, args=[*SWITCHES, *more])
