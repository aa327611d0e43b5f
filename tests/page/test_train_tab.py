"""Somebody fills the form in: typing errors, second thoughts, a reload, a restarted dashboard, one start."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from engine.config import presets
from engine.config.differences import resolve
from engine.runs import all_runs
from tests.page.conftest import new_folder, serve
from tests.page.form_filling import choose, choose_digits, drawn, field, unfold
from tests.page.looking import settle, until

pytestmark = pytest.mark.page
EVIL = "<img src=x onerror=alert(1)> ${x} {{7*7}}"


@pytest.fixture(scope="module", autouse=True)
def strange(served):
    """A preset whose words are markup."""
    preset = served.presets / "strange.yaml"
    preset.write_text(f"about: {{title: '{EVIL}', summary: '{EVIL}'}}", encoding="utf-8")
    yield
    preset.unlink()


def card(page: Page):
    return page.locator("#thaw-form-summary")


def yaml_of(page: Page):
    return page.locator(".thaw-code").nth(1)


def posted(page: Page) -> list[dict]:
    """Answer each start as if a run were made, and keep what was sent."""
    sent: list[dict] = []

    def answer(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        sent.append(json.loads(route.request.post_data))
        route.fulfill(status=201, json={"id": "20250101-000000-abcd", "ids": ["20250101-000000-abcd"]})

    page.route("**/api/runs", answer)
    return sent


def test_faults_stand_at_their_fields_and_in_one_list_before_start(form):
    start = form.locator("#thaw-start")
    expect(start).to_have_attribute("aria-disabled", "false")
    field(form, "stages.0.learning_rate").fill("fast")
    unfold(form, "optimizer")
    field(form, "batch_size").fill("0")
    unfold(form, "optimizer")
    expect(card(form).get_by_role("heading")).to_have_text("To fix before starting: 2")
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(form.locator("[id='field.stages.0.learning_rate'] .thaw-fault")).to_contain_text("above 0 and at most 100")
    expect(field(form, "batch_size")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("[id='section.optimizer'] .thaw-badge")).to_have_text("1 to fix")

    sent = posted(form)
    start.click(force=True)  # it says that it is disabled, and stays in the reach of the keyboard
    expect(field(form, "stages.0.learning_rate")).to_be_focused()
    assert sent == []
    files = form.locator("[data-section='train.files']")
    expect(files).to_contain_text("this is from before")
    expect(files.locator("[inert] .thaw-code")).to_have_count(2)  # and cannot be copied

    card(form).get_by_role("link", name="Batch size").focus()
    empty = "(input) => { input.value = ''; input.dispatchEvent(new Event('input', { bubbles: true })); }"
    field(form, "stages.0.epochs").evaluate(empty)
    expect(card(form).get_by_role("heading")).to_have_text("To fix before starting: 3")
    expect(card(form).get_by_role("link", name="Batch size")).to_be_focused()
    field(form, "stages.0.epochs").fill("")
    expect(form.locator("[id='field.stages.0.epochs'] .thaw-fault")).to_have_text("is empty")
    field(form, "stages.0.epochs").fill("3")

    card(form).get_by_role("link", name="Batch size").click()
    expect(field(form, "batch_size")).to_be_focused()
    field(form, "batch_size").fill("32")
    field(form, "stages.0.learning_rate").fill("head: 0.1, layer3: 1e-3")
    expect(card(form).get_by_role("heading")).to_have_text("Ready to start")
    expect(yaml_of(form)).to_contain_text("batch_size: 32")
    expect(form.locator(".thaw-fault")).to_have_count(0)


def test_what_only_the_model_knows_is_a_fault_before_start_too(form):
    choose(form, "plan", "Gradual unfreezing")
    expect(form.locator(".thaw-toast")).to_contain_text("The stages now last")
    expect(card(form)).to_contain_text("is random", timeout=60_000)
    expect(form.locator("#thaw-start")).to_have_attribute("aria-disabled", "true")
    expect(form.locator("[id='field.stages.0.train'] .thaw-fault")).to_be_visible()
    form.locator("[id='field.allow_random_frozen'] input").check()
    expect(form.locator("#thaw-start")).to_have_attribute("aria-disabled", "false")


def test_a_double_click_makes_one_run_and_the_page_goes_there(form):
    sent = posted(form)
    form.locator("#thaw-start").dblclick()
    form.wait_for_url("**/?run=20250101-000000-abcd")
    assert len(sent) == 1
    assert resolve(sent[0]["config"]) == resolve(presets.read("digits_quick")[0])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sent[0]["request"])


def test_the_keys_start_with_what_was_typed_last(form):
    sent = posted(form)
    unfold(form, "repeats")
    field(form, "label").fill(EVIL)
    field(form, "seeds").fill("0, 1, 2")
    field(form, "seeds").press("Control+Enter")
    form.wait_for_url("**/?run=*")
    assert sent[0]["config"]["seeds"] == [0, 1, 2]
    assert sent[0]["config"]["label"] == EVIL


def test_a_start_that_is_refused_says_why_and_may_be_tried_again(form):
    keys = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(json.loads(route.request.post_data)["request"])
            fault = {
                "field": "device",
                "code": "rule",
                "values": {"reason": "the card is gone"},
                "message": "the card is gone",
            }
            route.abort() if len(keys) < 2 else route.fulfill(status=422, json={"faults": [fault]})
        else:
            route.fallback()

    form.route("**/api/runs", answer)
    form.locator("#thaw-start").click()
    expect(form.locator(".thaw-toast.error")).to_be_visible()
    form.locator("#thaw-start").click()
    expect(card(form)).to_contain_text("the card is gone")
    assert keys[0] == keys[1], "no answer came, so the second try must not make a second run"


@pytest.mark.parametrize("status", [422, 500])
def test_a_form_that_cannot_be_checked_is_not_started_as_it_was_before(form, status):
    sent = posted(form)
    form.route("**/api/form/check", lambda route: route.fulfill(status=status, json={"error": "no report"}))
    field(form, "stages.0.epochs").fill("7")
    expect(card(form).locator(".thaw-fault-list")).to_have_text("no report")
    form.locator("#thaw-start").click(force=True)
    expect(form.locator(".thaw-toast.error")).to_have_text("no report")
    form.unroute("**/api/form/check")
    field(form, "stages.0.epochs").fill("8")
    expect(card(form).get_by_role("heading")).to_have_text("Ready to start")
    assert sent == []


def test_a_start_while_the_dashboard_is_away_says_so_and_does_not_happen_later(form):
    sent = posted(form)
    form.route("**/api/form/check", lambda route: route.abort())
    field(form, "stages.0.epochs").fill("7")
    form.locator("#thaw-start").click()
    expect(form.locator(".thaw-toast.error")).to_contain_text("nothing was started")
    expect(form.locator("#thaw-start[aria-busy]")).to_have_count(0)
    form.unroute("**/api/form/check")
    expect(yaml_of(form)).to_contain_text("epochs: 7")
    assert sent == []
    form.locator("#thaw-start").click()
    form.wait_for_url("**/?run=20250101-000000-abcd")
    assert len(sent) == 1


def test_a_keystroke_that_comes_after_its_field_is_gone_changes_nothing(form):
    put = "async ([path, value]) => (await window.thawForm).put(path, value).form"
    before = form.evaluate(put, ["batch_size", 64])
    for path in ("augmentations.7.size", "stages.7.title", "stages.0.schedule.gamma"):
        assert form.evaluate(put, [path, 3]) == before


def test_the_preset_that_was_chosen_last_counts_whichever_answer_comes_last(form):
    held: list[Route] = []
    form.route("**/api/form/preset", lambda route: route.fallback() if held else held.append(route))
    ask = "async (name) => void (await window.thawForm).ask('preset', name)"
    with form.expect_request("**/api/form/preset"):
        form.evaluate(ask, "strange")
    with form.expect_response("**/api/form/preset"):
        form.evaluate(ask, "digits_quick")
    with form.expect_response("**/api/form/preset"):
        held[0].continue_()
    drawn(form)
    expect(field(form, "preset")).to_have_value(re.compile("Digits quick"))
    assert form.evaluate("async () => (await window.thawForm).snapshot().preset") == "digits_quick"


def test_a_reload_keeps_the_unsaved_form_and_the_open_sections(form):
    unfold(form, "optimizer")
    field(form, "optimizer.learning_rate").fill("0.03")
    field(form, "stages.0.title").fill("warm 起")
    expect(yaml_of(form)).to_contain_text("warm 起")
    before = yaml_of(form).inner_text()
    form.reload()
    expect(field(form, "optimizer.learning_rate")).to_have_value("0.03")
    expect(field(form, "optimizer.learning_rate")).to_be_visible()
    expect(field(form, "stages.0.title")).to_have_value("warm 起")
    expect(yaml_of(form)).to_have_text(before)


def test_a_restarted_dashboard_goes_on_with_the_open_form(browser, tmp_path):
    """The page prints that the connection is lost, as it should: so it is not watched here."""
    folder = new_folder(tmp_path / "my runs 训练")
    served = serve(folder)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(served.address + "?tab=train")
        choose_digits(page)
        unfold(page, "optimizer")
        expect(card(page)).to_contain_text("parameters")  # by now nothing is under way
        served.process.kill()
        served.process.wait()
        field(page, "batch_size").fill("48")
        served = serve(folder, port=int(re.search(r":(\d+)/", served.address)[1]))
        expect(yaml_of(page)).to_contain_text("batch_size: 48")
        page.locator("[id='stages.add']").click()
        expect(page.locator("[id='field.stages.2.title']")).to_be_visible()
        expect(field(page, "batch_size")).to_have_value("48")
    served.process.terminate()
    served.process.wait()


def test_stages_are_added_moved_and_removed_without_losing_a_keystroke(form):
    field(form, "stages.0.title").fill("first")
    field(form, "stages.1.title").fill("second")
    form.locator("[id='stages.add']").click()
    expect(field(form, "stages.2.title")).to_be_focused()
    form.keyboard.type("third")
    form.locator("[id='stages.2.up']").click()
    expect(field(form, "stages.1.title")).to_have_value("third")
    expect(form.locator("[id='stages.1.up']")).to_be_focused()
    form.keyboard.press("Enter")
    expect(field(form, "stages.0.title")).to_have_value("third")
    drawn(form)
    form.locator("[id='stages.1.remove']").click()
    expect(form.locator(".thaw-toast")).to_contain_text("Removed: Stage 2")
    expect(form.locator("[id='field.stages.2']")).to_have_count(0)
    expect(yaml_of(form)).to_have_text(re.compile(r"title: third\n(.*\n)*- title: second"))
    expect(yaml_of(form)).not_to_contain_text("title: first")


def test_the_total_of_epochs_follows_the_stages_and_the_stages_follow_it(form):
    first, second, total = (field(form, path) for path in ("stages.0.epochs", "stages.1.epochs", "epochs"))
    first.fill("10")
    second.fill("30")
    expect(total).to_have_value("40")
    total.fill("20")
    total.press("Tab")
    expect(first).to_have_value("5")
    expect(second).to_have_value("15")
    expect(form.locator(".thaw-toast")).to_contain_text("now last 5 + 15 epochs")
    expect(form.locator("#thaw-form-timeline")).to_contain_text("15 epochs")
    total.fill("1")
    expect(card(form)).to_contain_text("must be at least 2, not 1")
    total.press("Tab")
    expect(form.locator(".thaw-toast")).to_contain_text("must be at least 2, not 1. Stage lengths are unchanged.")
    expect(total).to_have_value("20")


def test_another_part_brings_its_own_fields_and_reset_goes_back(form):
    unfold(form, "optimizer")
    field(form, "batch_size").fill("16")
    choose(form, "optimizer.name", "sgd")
    expect(field(form, "optimizer.momentum")).to_be_visible()
    expect(field(form, "batch_size")).to_have_value("16")
    assert form.locator("[id='field.optimizer.eps']").count() == 0
    field(form, "optimizer.learning_rate").fill("0.7")
    form.locator("[id='field.optimizer.learning_rate'] .thaw-reset").click()
    expect(field(form, "optimizer.learning_rate")).to_have_value("0.1")
    expect(form.locator(".thaw-toast", has_text="is at its default again")).to_be_visible()
    expect(field(form, "optimizer.learning_rate")).to_be_focused()
    expect(yaml_of(form)).not_to_contain_text("0.7")


def test_menus_are_worked_with_the_keyboard(form):
    """What is typed finds a choice and Enter takes it, also to add an augmentation; the same again changes nothing."""
    unfold(form, "optimizer")
    field(form, "optimizer.learning_rate").fill("0.7")
    for typed in ("adam", "sgd"):  # the one that is chosen, then another
        field(form, "optimizer.name").click()
        form.keyboard.press("ControlOrMeta+a")
        form.keyboard.type(typed)
        form.locator("[role=option]", has_text=re.compile(rf"{typed}$")).first.wait_for()
        form.keyboard.press("Enter")
        if typed == "adam":
            expect(field(form, "optimizer.learning_rate")).to_have_value("0.7")
    expect(form.get_by_text("sgd uses its own learning rate; the 0.7 of adam was dropped.")).to_be_visible()
    expect(field(form, "optimizer.momentum")).to_be_visible()
    unfold(form, "augmentations")
    field(form, "augmentations").click()
    form.keyboard.type("mixup")
    form.locator("[role=option]", has_text="mixup").first.wait_for()
    form.keyboard.press("Enter")
    expect(form.locator("#thaw-form .thaw-item h4", has_text="mixup")).to_be_visible()


def test_augmentations_are_an_ordered_list(form):
    unfold(form, "augmentations")
    for name in ("cutout", "mixup"):
        choose(form, "augmentations", name)
        expect(form.locator("#thaw-form .thaw-item h4", has_text=name)).to_be_visible()
    field(form, "augmentations.0.size").fill("5")
    form.locator("[id='augmentations.1.up']").click()
    expect(field(form, "augmentations.1.size")).to_have_value("5")
    expect(yaml_of(form)).to_have_text(re.compile(r"- name: mixup\n- name: cutout\n  size: 5"))
    form.locator("[id='augmentations.0.remove']").click()
    expect(field(form, "augmentations.0.size")).to_have_value("5")


def test_an_own_preset_is_saved_asked_about_and_deleted(form, served):
    def save():
        card(form).get_by_role("button", name="Save as preset").click()
        form.locator("dialog input").fill("../mine 我的")
        form.locator("dialog").get_by_role("button", name="Save as preset").click()

    save()
    expect(field(form, "preset")).to_have_value("My preset: ../mine 我的")
    assert [path.name for path in (served.presets / "own").iterdir()] == ["mine_我的.yaml"]
    save()
    expect(form.locator("dialog")).to_contain_text("Overwrite it?")
    form.locator("dialog").get_by_role("button", name="Overwrite").click()
    expect(form.locator("dialog")).to_have_count(0)
    card(form).get_by_role("button", name="Save as preset").click()
    expect(form.locator("dialog input")).to_have_value("../mine 我的")
    form.keyboard.press("Escape")
    card(form).get_by_role("button", name="Delete preset").click()
    form.locator("dialog").get_by_role("button", name="Delete preset").click()
    expect(card(form).get_by_role("button", name="Delete preset")).to_have_count(0)
    assert list((served.presets / "own").iterdir()) == []
    expect(card(form)).to_contain_text("digits")


def test_names_are_shown_as_they_are(open_page):
    page = open_page("?tab=train")
    choose(page, "preset", "onerror")
    expect(field(page, "preset")).to_have_value(EVIL)
    drawn(page)
    expect(page.locator(".thaw-about")).to_have_text(EVIL)
    field(page, "stages.0.title").fill(EVIL)
    expect(page.locator("#thaw-form-timeline b").first).to_have_text(EVIL)
    assert page.locator("#thaw-train img").count() == 0


def test_a_run_s_config_fills_the_form_of_a_new_one(open_page, served):
    depth = {"name": "resnet", "depth": 8}
    config = resolve({"data": "digits", "model": depth, "batch_size": 17, "label": EVIL, "stages": [{"epochs": 3}]})
    run = all_runs.create(served.runs, config.model_dump(), {}, EVIL)
    page = open_page(f"?from={run.id}")
    expect(card(page)).to_contain_text("digits · resnet · 3 epochs")
    expect(yaml_of(page)).to_contain_text("batch_size: 17")
    page.wait_for_url("**/?tab=train")
    drawn(page)
    for path in ("preset", "plan"):  # menus that are only left ask for nothing
        field(page, path).focus()
        page.keyboard.press("Tab")
    field(page, "stages.0.epochs").fill("4")
    expect(card(page)).to_contain_text("4 epochs")
    expect(yaml_of(page)).to_contain_text("depth: 8")
    page.reload()
    expect(card(page)).to_contain_text("4 epochs")


def test_a_pasted_yaml_fills_the_form_or_says_all_that_is_wrong(form):
    paste, load = form.get_by_label("Paste YAML"), form.get_by_role("button", name="Load into the form")
    paste.fill("batch_size: 0\nmodle: resnet\noptimizer: {name: adm}")
    load.click()
    toast = form.locator(".thaw-toast.error")
    expect(toast).to_contain_text("must be at least 1")
    expect(toast).to_contain_text("did you mean 'model'?")
    expect(toast).to_contain_text("did you mean 'adam'?")
    expect(yaml_of(form)).to_contain_text("batch_size: 64")  # the form stays as it was
    written = "data: digits\nbatch_size: 5\nstages:\n- epochs: 2\n  schedule:\n    name: multistep\n    gamma: 0.5"
    paste.fill(written)
    load.click()
    expect(yaml_of(form)).to_have_text(re.compile(r"gamma: 0.5\n(.*\n)*batch_size: 5\b"))


def test_the_form_speaks_chinese(open_page):
    page = open_page("?tab=train", language="zh-CN")
    choose(page, "preset", "onerror")
    expect(page.locator("#thaw-start")).to_have_text("开始训练")
    unfold(page, "optimizer")
    field(page, "batch_size").fill("0")
    expect(card(page)).to_contain_text("至少为 1，而不是 0")
    words = page.locator("#thaw-form [data-testid=block-info]").all_inner_texts()
    assert [label for label in words if re.fullmatch(r"[A-Za-z ]{9,}", label.strip())] == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_fits_a_telephone(open_page, colours):
    page = open_page("?tab=train", width=390, height=844, colours=colours)
    expect(page.locator("#thaw-start")).to_be_in_viewport()
    for section in ("optimizer", "augmentations", "model"):
        unfold(page, section)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("place", ["?tab=runs", "?run={}", ""], ids=["runs", "run", "bare address"])
def test_who_looks_at_runs_waits_for_no_form_until_its_tab_is_opened(open_page, growing, place):
    run = growing(iterations=1000, per_epoch=100, start=100)
    page = open_page(place.format(run.id))
    expect(page.locator(".thaw-head h1" if place != "?tab=runs" else "#thaw-runs tbody tr").first).to_be_visible()
    settle(page)
    names = "() => performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert not [name for name in page.evaluate(names) if "/api/form/" in name or "/queue/join" in name]
    page.get_by_role("tab", name="Train").click()
    drawn(page)
    expect(field(page, "batch_size")).to_be_attached()
    assert len([name for name in page.evaluate(names) if name.endswith("/api/form/begin")]) == 1


def test_an_unchecked_form_is_not_called_ready_and_start_waits_for_its_check(form):
    sent, held = posted(form), []
    form.route("**/api/jobs", lambda route: held.append(route))
    field(form, "stages.0.learning_rate").fill("0.02")
    expect(card(form).get_by_role("heading")).to_have_text("Checking the settings…")
    form.locator("#thaw-start").click()
    expect(card(form)).to_contain_text("Starts as soon as the check has passed.")
    until(form, lambda: held)
    settle(form)
    assert sent == [] and form.locator("#thaw-start[aria-busy]").count() == 1

    field(form, "stages.0.learning_rate").fill("0.03")  # what was pressed was another form
    expect(form.locator(".thaw-toast.error")).to_contain_text("Not started")
    form.unroute("**/api/jobs")
    for route in held:
        route.abort()
    expect(card(form).get_by_role("heading")).to_have_text("Ready to start")
    assert sent == []

    field(form, "stages.0.learning_rate").fill("0.04")
    form.locator("#thaw-start").click()
    form.wait_for_url("**/?run=20250101-000000-abcd")
    assert sent[0]["config"]["stages"][0]["learning_rate"] == 0.04


def test_start_waits_for_a_check_that_finds_a_fault_and_shows_it(form):
    sent = posted(form)
    field(form, "stages.0.train").click()
    form.locator("[id='field.stages.0.train'] .remove-all").click()
    field(form, "stages.0.train").fill("layer3")
    form.keyboard.press("Enter")
    form.keyboard.press("Control+Enter")
    expect(card(form)).to_contain_text("is random", timeout=60_000)
    expect(form.locator("#thaw-start")).to_have_attribute("aria-disabled", "true")
    settle(form)
    assert sent == []


def test_a_check_that_nobody_answers_is_no_passed_one(form):
    form.route("**/api/jobs", lambda route: route.abort())
    field(form, "stages.0.learning_rate").fill("0.02")
    expect(card(form).get_by_role("heading")).to_have_text("Not checked: no answer from the dashboard")
    form.locator("#thaw-start").click()
    expect(form.locator(".thaw-toast.error")).to_contain_text("nothing was started")
    form.unroute("**/api/jobs")  # it is asked again by itself
    expect(card(form).get_by_role("heading")).to_have_text("Ready to start")
