"""What page tests share: a served dashboard over a folder of runs, a browser, and a watched page.

The folder's name holds a space and Chinese characters, so that every test also shows that such paths work.
"""

import dataclasses
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine.config import presets
from engine.runs import all_runs, files
from engine.runs.status_schema import ACTIVE
from tests.chromium import launch
from tests.page.form_filling import choose_digits, drawn, field
from tests.serving import end_trainings
from tests.synthetic_run import SyntheticRun

HOUSE = Path(__file__).parents[2]
expect.set_options(timeout=60_000)  # milliseconds; machines differ, and nothing here is about speed
# What browser and Gradio print where a test cuts the connection or loads the page again while it still loads.
OWN_WORDS = ("Failed to load resource", "AbortError", "Connection errored out")


@dataclasses.dataclass
class Served:
    """A running dashboard: its address, its folders, and the process that serves it."""

    address: str
    runs: Path
    data: Path
    presets: Path
    process: subprocess.Popen


@dataclasses.dataclass
class Watched:
    """Everything that a page should not have done."""

    address: str
    printed: list[str] = dataclasses.field(default_factory=list)
    elsewhere: list[str] = dataclasses.field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", lambda message: self.printed.append(message.text))
        page.on("pageerror", lambda error: self.printed.append(str(error)))
        page.on("request", lambda request: self._look(request.url))

    def _look(self, url: str) -> None:
        if re.match(r"https?:", url) and not url.startswith(self.address):
            self.elsewhere.append(url)


def serve(folder: Path, port: int = 0) -> Served:
    """A dashboard over the folder's runs and data, and its copy of our presets; the caller ends its process."""
    places = {name: folder / name for name in ("runs", "data", "presets")}
    words = [word for name, place in places.items() for word in (f"--{name}", str(place))]
    command = [sys.executable, "-m", "dashboard", "--port", str(port), *words]
    process = subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    line = process.stdout.readline()
    assert line.startswith("Thaw is at "), f"the dashboard did not start: {line!r}"
    return Served(line.removeprefix("Thaw is at ").strip(), **places, process=process)


def new_folder(folder: Path) -> Path:
    """A folder for a dashboard, without runs."""
    for name in ("runs", "data"):
        (folder / name).mkdir(parents=True)
    shutil.copytree(presets.HOUSE, folder / "presets")
    return folder


@pytest.fixture(scope="package")
def served(tmp_path_factory):
    """One dashboard for all page tests, over a folder of runs that starts empty."""
    served = serve(new_folder(tmp_path_factory.mktemp("page") / "my runs 训练"))
    yield served
    served.process.terminate()
    served.process.wait()
    end_trainings(served.runs)


@pytest.fixture
def tidy_runs(served: Served):
    """What a test has made is gone after it: pages list all runs, and would take longer from test to test."""
    before = {run.id for run in all_runs.all_runs(served.runs)}
    yield
    end_trainings(served.runs)
    for run in all_runs.all_runs(served.runs):
        if run.id not in before:
            shutil.rmtree(run.path, ignore_errors=True)  # its trainer may be writing its last line


@pytest.fixture(scope="package")
def browser():
    """One browser for all page tests."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


class Profile:
    """What a visitor's browser keeps of a dashboard, emptied before each test; only its cached files stay."""

    def __init__(self, browser: Browser, address: str, language: str):
        self.context = browser.new_context(locale=language, accept_downloads=True)
        self.keeper = self.context.new_page()  # a file of the dashboard: writes and empties what its pages keep
        self.keeper.goto(address + "static/main.js")

    def keep(self, kept: dict) -> None:
        self.keeper.evaluate("kept => Object.assign(localStorage, kept)", kept)

    def empty(self) -> None:
        for page in self.context.pages:
            if page is not self.keeper:
                page.close()
        self.context.clear_cookies()
        self.keeper.evaluate("localStorage.clear()")


@pytest.fixture(scope="package")
def profiles():
    """The profiles of this browser by address and language."""
    return {}


@pytest.fixture
def open_page(served: Served, browser: Browser, profiles: dict, tidy_runs: None):
    """Open the dashboard at an address like "?run=ID"; by the end it has printed nothing and asked no other host."""
    used: list[Profile] = []
    watched = Watched(served.address)

    def open_at(place="", width=1280, height=800, language="en-US", colours="light", kept: dict | None = None):
        if (served.address, language) not in profiles:
            profiles[served.address, language] = Profile(browser, served.address, language)
        used.append(profiles[served.address, language])
        if kept:
            used[-1].keep(kept)
        page = used[-1].context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=colours)
        watched.follow(page)
        page.goto(served.address + place)
        return page

    yield open_at
    for profile in used:
        profile.empty()
    assert [words for words in watched.printed if not any(own in words for own in OWN_WORDS)] == []
    assert watched.elsewhere == []


@pytest.fixture
def growing(served: Served, tidy_runs: None):
    """Make a run that is alive, as its process is this one: `advance` adds rows, `steadily` does it by itself."""
    made: list[Growing] = []

    def make(**arguments) -> Growing:
        made.append(Growing(served.runs, **arguments))
        return made[-1]

    yield make
    for run in made:
        run.rest()
        if run.run.status["state"] in ACTIVE:
            run.run.finish("stopped")


class Growing:
    """A synthetic run under the test's hand."""

    def __init__(self, runs: Path, start: int = 200, **arguments):
        self.run = SyntheticRun(runs, **arguments)
        self.id = self.run.folder.id
        self.folder = self.run.folder
        self.tired = threading.Event()
        self.thread: threading.Thread | None = None
        self.advance(start)

    def advance(self, count: int) -> None:
        self.run.advance(count)

    def steadily(self, count: int = 5, pause: float = 0.2) -> None:
        """Add `count` rows every `pause` seconds until `rest`."""

        def work() -> None:
            while not self.tired.wait(pause):
                self.run.advance(count)

        self.tired.clear()
        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()

    def rest(self) -> None:
        self.tired.set()
        if self.thread:
            self.thread.join()
        self.thread = None

    def state(self, state: str, **changes) -> None:
        """Move to a state, as the trainer would."""
        self.run.status |= {"state": state} | changes
        self.run.write_status()

    def fall_silent(self, seconds: float) -> None:
        """Let the last sign of life lie so long ago."""
        status = files.read_json(self.folder.status_file)
        past = {key: status[key] - seconds for key in ("updated", "uptime")}
        files.replace_json(self.folder.status_file, status | past)


@pytest.fixture(scope="package")
def filled():
    """What a browser keeps of the form in which the quick preset for digits was chosen, once it has been."""
    return {}


@pytest.fixture
def form(open_page, filled: dict):
    """The Train tab, filled with the quick preset for digits."""
    page = open_page("?tab=train", kept=filled)
    if not filled:
        choose_digits(page)
    expect(field(page, "data.name")).to_have_value("digits")
    drawn(page)
    filled |= filled or page.evaluate("() => ({ ...localStorage })")
    return page
