"""What the page itself promises: honest words about a silent trainer."""

import pytest
from playwright.sync_api import expect

from engine.runs import files
from tests.page.looking import live_answers, until
from tests.synthetic_run import write_run

pytestmark = pytest.mark.page


def test_a_trainer_is_called_stalled_after_many_steps_time_and_not_within_a_long_step(open_page, growing):
    """Silence of two minutes is a stall where a step takes a moment, and none where it takes half a minute."""
    run = growing(iterations=1000, per_epoch=100)
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-sentence")).to_be_visible()
    status = files.read_json(run.folder.status_file)
    past = {key: status[key] - 120 for key in ("updated", "uptime")}
    slow = status | {"iteration": 10, "seconds": 300.0} | past
    files.replace_json(run.folder.status_file, slow)
    live_answers(page)
    assert page.locator("[data-command^=kill]").count() == 0
    files.replace_json(run.folder.status_file, slow | {"seconds": 0.5, "uptime": slow["uptime"] + 10})
    page.locator("[data-command=kill]").wait_for(timeout=20_000)
    expect(page.locator(".thaw-banner", has_text="No progress")).to_be_visible()


def test_a_run_that_loads_its_data_says_how_far_it_is(open_page, growing):
    """What the trainer is at stands in the sentence of its state."""
    run = growing(iterations=1000, per_epoch=100)
    status = files.read_json(run.folder.status_file)
    files.replace_json(run.folder.status_file, status | {"state": "starting", "doing": "decoding images: 7 of 9"})
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-sentence")).to_have_text("Preparing (decoding images: 7 of 9)…")


def test_a_number_of_epochs_that_is_not_known_is_not_told_as_zero(open_page, growing):
    """A run goes on after it had ended early: its status does not say yet how many epochs are ahead."""
    run = growing(iterations=1000, per_epoch=100)
    status = files.read_json(run.folder.status_file)
    files.replace_json(run.folder.status_file, {key: value for key, value in status.items() if key != "epochs"})
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-sentence")).to_have_text("Preparing the first step…")
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 200")
    assert "epoch" not in page.locator(".thaw-progress-figures").inner_text()


def test_a_run_of_a_newer_thaw_has_a_notice(open_page, served):
    """It is shown as far as it is understood, and says that it can only be looked at."""
    folder = write_run(served.runs, 100, label="of tomorrow")
    folder.write_status(files.read_json(folder.status_file) | {"format": 99})
    page = open_page(f"?run={folder.id}")
    expect(page.get_by_text("Made by a newer version of Thaw")).to_be_visible()
    until(page, lambda: page.locator(".thaw-sentence").inner_text() != "")
