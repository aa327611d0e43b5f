"""What a new user does, with a real training: choose, start, watch, zoom, come back, stop, compare, inspect."""

import json
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from engine.runs import all_runs, example_run
from tests.page.looking import axes, drag, until, wait_for_chart
from tests.training import rows

pytestmark = pytest.mark.page
PATIENT = 60_000  # milliseconds


@pytest.fixture
def photograph(tmp_path):
    """A picture that is no square, in a folder with spaces."""
    path = tmp_path / "my picture.png"
    Image.radial_gradient("L").resize((300, 200)).convert("RGB").save(path)
    return path


def choose(page: Page, menu: str, text: str) -> None:
    page.get_by_role("combobox", name=menu, exact=True).click()
    page.get_by_role("option", name=re.compile(text)).click()


def state(page: Page) -> str:
    return page.locator(".thaw-sentence").inner_text()


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).first.click()


def test_a_new_user_goes_the_whole_way(open_page, served, photograph):
    """From the preset to the maps of the own photograph, with a reload, a pause and a stop on the way."""
    page = open_page("?tab=train")
    choose(page, "Preset", "Digits quick")
    epochs = page.get_by_role("spinbutton", name="Epochs", exact=True).first
    expect(epochs).to_have_value("12", timeout=PATIENT)
    epochs.fill("300")
    epochs.press("Tab")
    expect(page.get_by_text("300 epochs in 2 stages")).to_be_visible(timeout=PATIENT)
    press(page, "Start training")

    page.wait_for_url(re.compile(r"\?run="), timeout=PATIENT)
    run = all_runs.find(served.runs, page.url.split("run=")[1])
    wait_for_chart(page, "loss")
    until(page, lambda: max(axes(page, "loss")["ends"]) > 1, 60)
    before = rows(run)

    drag(page, "loss", 0.2, 0.6)
    zoom = until(page, lambda: axes(page, "loss")["x"])
    seen = set()
    until(page, lambda: seen.add(rows(run)) or len(seen) > 20, 60)
    assert axes(page, "loss")["x"] == pytest.approx(zoom) and rows(run) > before

    page.reload()
    wait_for_chart(page, "loss")
    assert page.url.endswith(run.id)
    until(page, lambda: axes(page, "loss")["x"] == pytest.approx(zoom), 60)

    press(page, "Pause")
    until(page, lambda: run.status()["state"] == "paused", 60)
    still = rows(run)
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=PATIENT)
    assert rows(run) == still
    press(page, "Continue")
    until(page, lambda: rows(run) > still, 60)
    press(page, "Stop")
    until(page, lambda: run.status()["state"] == "stopped", 60)
    expect(page.locator(".thaw-sentence")).to_contain_text("Stopped at iteration", timeout=PATIENT)

    press(page, "Compare with the example")
    page.wait_for_url(re.compile(rf"\?compare=.*{example_run.ID}"), timeout=PATIENT)
    expect(page.get_by_text("The example: five kinds of clothing").first).to_be_visible(timeout=PATIENT)

    page.goto(f"{served.address}?attention={example_run.ID}")
    with page.expect_file_chooser(timeout=PATIENT) as chooser:
        press(page, "Choose an image")
    chooser.value.set_files(photograph)
    expect(page.get_by_text("layer3.attention").first).to_be_visible(timeout=2 * PATIENT)


def test_two_tabs_and_a_double_click_make_one_run(open_page, served):
    """Start is pressed twice in a hurry: one click, one run."""
    page = open_page("?tab=train")
    choose(page, "Preset", "Digits quick")
    expect(page.get_by_text("12 epochs in 2 stages")).to_be_visible(timeout=PATIENT)
    before = {run.id for run in all_runs.all_runs(served.runs)}
    page.get_by_role("button", name="Start training").dblclick()
    page.wait_for_url(re.compile(r"\?run="), timeout=PATIENT)
    new = [run for run in all_runs.all_runs(served.runs) if run.id not in before]
    assert len(new) == 1
    until(page, lambda: new[0].status()["state"] in ("running", "queued"), 60)
    new[0].send("stop")
    until(page, lambda: new[0].status()["state"] == "stopped", 60)
    assert json.loads(new[0].status_file.read_text(encoding="utf-8"))["life"] == 0
    assert {run.id for run in all_runs.all_runs(served.runs)} == before | {new[0].id}
