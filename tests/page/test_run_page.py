"""The page of one run in a real browser: what it says, what can be done on it, and where it is at home."""

import json
import re
import time

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from engine.config.differences import resolve
from engine.runs import baselines, files, series
from engine.runs.set_aside import set_aside
from tests.page.intervals import wilson
from tests.page.looking import HIDE, axes, own_module, settle, until, wait_for_chart
from tests.synthetic_run import SyntheticRun, write_run

pytestmark = pytest.mark.page


# --- what it says


def test_opening_the_dashboard_leads_to_the_live_run_and_says_how_it_stands(open_page, growing):
    """A visitor opens the bare address while a training runs: its page, its sentence, its figures, the tab's title."""
    run = growing(iterations=1000, per_epoch=100, label="thaws slowly", start=450)
    page = open_page()
    expect(page.locator(".thaw-head h1")).to_have_text("thaws slowly")
    assert page.url.endswith(f"?run={run.id}")
    expect(page.locator(".thaw-sentence")).to_have_text("Training epoch 5 of 10, stage 2 of 3: attention too.")
    expect(page.locator(".thaw-progress-figures")).to_contain_text("45.0 %")
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 450 of 1,000")
    assert page.locator(".thaw-progress").evaluate("bar => bar.value") == 0.45
    last = run.run.last
    expect(page.locator(".thaw-figures")).to_contain_text(f"{last['top1']:.2f} %")
    expect(page.locator(".thaw-figures")).to_contain_text("Best test accuracy (chosen on the test set)")
    assert re.fullmatch(rf"45 % · {last['top1']:.1f} % · .+ · thaws slowly", page.title())
    assert page.locator("link#thaw-icon").get_attribute("href").startswith("data:image/png")


def test_opening_the_dashboard_leads_to_the_run_at_work_not_to_one_that_waits(open_page, served, growing):
    """Of several seeds the newest still waits for the device: the visitor sees the one that trains."""
    run = growing(label="at work")
    page = open_page("?tab=runs")
    growing(label="waits", start=0).state("queued", waiting_for=run.id)
    page.goto(served.address)
    expect(page.locator(".thaw-head h1")).to_have_text("at work")


def test_opening_the_dashboard_leads_to_a_run_that_was_killed_since_the_last_visit(open_page, served):
    """A killed process writes no end; its run is opened all the same, and after that visit no more."""
    page = open_page("?tab=runs")
    expect(page.locator("#thaw-runs")).to_be_visible()
    page.evaluate(f"localStorage.setItem('thaw.last_visit', '{time.time() - 30:.0f}')")
    run = SyntheticRun(served.runs, label="killed")
    run.status |= {"process_created": run.status["process_created"] - 1}  # of a process that is no more
    run.advance(100)
    page.route("**/api/runs", lambda route: alone(route, run.folder.id))  # other tests' runs may be at work
    page.goto(served.address)
    expect(page.locator(".thaw-head h1")).to_have_text("killed")
    page.evaluate(f"localStorage.setItem('thaw.last_visit', '{time.time() + 30:.0f}')")
    page.goto(served.address)
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")


def alone(route: Route, run: str) -> None:
    """Answer with one run of all those that there are."""
    runs = route.fetch().json()["runs"]
    route.fulfill(json={"runs": [one for one in runs if one["id"] == run]})


def test_who_has_chosen_a_tab_is_not_called_back_by_a_late_answer(open_page, served, growing):
    """The dashboard is still asked which run to open, or to inspect, when the visitor goes elsewhere."""
    growing(label="at work")
    page = open_page("?tab=train")
    held = []
    hold = lambda route: route.fallback() if held else held.append(route)  # noqa: E731
    for place, chosen in (("", "Runs"), ("?tab=attention", "Train")):
        held.clear()
        page.route("**/api/runs", hold)
        with page.expect_request("**/api/runs"):
            page.goto(served.address + place)
        page.get_by_role("tab", name=chosen, exact=True).click()
        page.wait_for_url(f"**/?tab={chosen.lower()}")
        with page.expect_response("**/api/runs") as late:
            held[0].continue_()
        late.value.finished()
        page.unroute_all()
        settle(page)
        assert page.url.endswith(f"?tab={chosen.lower()}")


def test_a_finished_run_tells_its_accuracy_with_what_it_rests_on(open_page, served):
    """Somebody comes back to a finished run: figures with their uncertainty, confusions, mistakes, three ways on."""
    folder = write_run(served.runs, iterations=600, per_epoch=100, label="done")
    page = open_page(f"?run={folder.id}")
    result = folder.result()
    low, high = wilson(result["top1"] / 100, result["count"])
    half = max(result["top1"] - 100 * low, 100 * high - result["top1"])
    expect(page.locator(".thaw-result-headline")).to_contain_text(f"{result['top1']:.2f} %")
    expect(page.locator(".thaw-result-headline")).to_contain_text(f"of 10,000 (± {half:.2f})")
    assert page.locator(".thaw-confusion tbody tr").count() == len(result["classes"])
    assert page.locator(".thaw-mistakes img").count() == len(result["mistakes"])
    words = page.locator(".thaw-controls .thaw-button").all_text_contents()
    assert words == ["Compare with the example", "Inspect my own image", "Duplicate"]
    assert page.title().startswith("✓ · ")


def test_a_model_that_says_one_class_is_red_and_its_best_weights_stand_beside_the_last(open_page, served):
    """Training went well until the last epoch spoiled it: that is no success, and not all there is."""
    folder = write_run(served.runs, iterations=600, per_epoch=100, label="spoiled")
    good = folder.result()
    spoiled = baselines.completed({
        "evaluated_on": "test", "count": 100, "top1": 60.0, "loss": 9.0, "classes": ["cat", "dog"],
        "per_class": [100.0, 0.0], "confusion": [[60, 0], [40, 0]], "mistakes": [],
        "checkpoint": {"kept_as": ["last"], "epoch": 6, "iteration": 600},
    })  # fmt: skip
    best = good | {"top1": 91.7, "checkpoint": {"kept_as": ["best"], "epoch": 2, "iteration": 200}}
    files.replace_json(folder.result_file, spoiled | {"best": best})
    tested = {"count": 100} | baselines.judged(spoiled) | spoiled["checkpoint"]
    files.replace_json(folder.status_file, files.read_json(folder.status_file) | {"test": tested})
    page = open_page(f"?run={folder.id}")
    red = "Test accuracy 60.00 % is no better than always answering “cat”, which scores 60.00 %."
    expect(page.locator(".thaw-sentence")).to_contain_text(red)
    expect(page.locator(".thaw-result .thaw-banner.bad")).to_have_text(red)
    assert page.locator(".thaw-head").get_attribute("data-poor") == "true" and page.title().startswith("! · ")
    last, best = page.locator(".thaw-result-headline").all_inner_texts()
    assert "last weights, epoch 6" in last and "60/100" in last and "balanced accuracy 50.00 %" in last
    assert "best weights, epoch 2" in best and "91.70 %" in best
    expect(page.locator(".thaw-result .thaw-banner.warning")).to_have_text(re.compile("never recognised.*dog"))
    page.get_by_role("button", name="best weights, epoch 2").click()
    expect(page.locator(".thaw-confusion tbody tr")).to_have_count(len(good["classes"]))
    expect(page.locator(".thaw-result .thaw-banner.bad")).to_have_count(0)
    expect(page.locator(".thaw-mistakes img").first).to_have_attribute("src", re.compile("weights=best"))
    page.get_by_role("tab", name="Runs").click()
    expect(page.locator(f"tr[data-run='{folder.id}']")).to_contain_text("no better than the majority class")


def test_five_hundred_classes_with_odd_names_are_shown_as_they_are_called(open_page, served):
    """Markup, commas, quotes and letters that only look alike: a picture instead of a table, every name as it is."""
    odd = ["<b>bold</b>", "a, b", 'say "cheese"', "c\u0430t", "cat", "=1+1", "<img src=x onerror=alert(1)>"]
    classes = odd + [f"class {number}" for number in range(len(odd), 500)]
    confusion = np.full((500, 500), 1)
    np.fill_diagonal(confusion, 400)
    confusion[0, 3] = 90
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    result = folder.result() | {"classes": classes, "confusion": confusion.tolist(), "per_class": [44.5] * 500}
    files.replace_json(folder.result_file, result)
    page = open_page(f"?run={folder.id}")
    expect(page.locator(".thaw-confusion-picture")).to_be_visible()
    names = page.locator(".thaw-classes li span:first-child").all_text_contents()
    assert sorted(names) == sorted(classes)
    page.locator(".thaw-confusion summary").click()
    expect(page.locator(".thaw-confusion ol li").first).to_contain_text(odd[3])
    assert page.locator(".thaw-classes b, .thaw-classes img, .thaw-confusion b, .thaw-confusion img").count() == 0


def test_a_result_that_got_no_answer_is_asked_for_again_and_drawn_anew_only_where_it_changes(open_page, served):
    """The dashboard is away for a moment when the page opens; later the axis changes, which is not its own."""
    folder = write_run(served.runs, iterations=200, per_epoch=50)
    page = open_page("?tab=runs")
    page.route("**/result", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/result")):
        page.goto(f"{served.address}?run={folder.id}")
    page.unroute_all()
    headline = page.locator(".thaw-result-headline")
    expect(headline).to_contain_text("Test accuracy")
    page.locator(".thaw-result").evaluate("(node) => (node.firstElementChild.dataset.same = 'yes')")
    page.get_by_role("button", name="iteration").first.click()
    expect(page.locator(".thaw-result [data-same]")).to_have_count(1)
    page.get_by_role("button", name="Error", exact=True).first.click()
    expect(headline).to_contain_text("Test error")


def test_the_log_holds_each_line_once_and_goes_on_with_the_run(open_page, growing):
    """Two reasons to look fall together; the run stops and is resumed."""
    run = growing(iterations=1000, per_epoch=100)

    def say(line: str) -> None:
        with open(run.folder.log_file, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    say("the first line")
    page = open_page(f"?run={run.id}")
    log = page.locator(".thaw-log")
    log.scroll_into_view_if_needed()
    expect(log).to_contain_text("the first line")
    held: list[Route] = []
    page.route("**/log?*", lambda route: held.append(route))
    say("the second line")
    until(page, lambda: held)
    for _ in range(3):
        page.evaluate(HIDE, False)
    settle(page)
    page.unroute_all()  # which lets go on what was held
    expect(log).to_contain_text("the second line")
    run.state("stopped")
    expect(page.locator(".thaw-head .thaw-pill")).to_have_text("Stopped")
    page.wait_for_timeout(2500)  # longer than from one look to the next
    page.route("**/resume", lambda route: route.fulfill(status=202, json={"id": run.id}))
    page.get_by_role("button", name="Resume").click()
    run.state("running", life=1)
    log.scroll_into_view_if_needed()
    say("the third line")
    expect(log).to_contain_text("the third line")
    words = log.inner_text()
    assert [words.count(f"the {which} line") for which in ("first", "second", "third")] == [1, 1, 1]


def test_tiny_test_sets_are_told_in_images(open_page, served):
    """With 360 test images, a percentage pretends a precision that is not there: the page says 'n/360'."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    status = files.read_json(folder.status_file)
    last = status["last"] | {"top1": 100 * 350 / 360}
    folder.write_status(status | {"evaluated_on": {"name": "validation", "count": 360}, "last": last})
    page = open_page(f"?run={folder.id}")
    expect(page.locator(".thaw-figures")).to_contain_text("350/360")


def test_the_page_speaks_chinese_everywhere(open_page, served):
    """A browser that prefers Chinese gets every sentence in Chinese, and no bare key anywhere."""
    folder = write_run(served.runs, iterations=300, per_epoch=100, label="演示")
    page = open_page(f"?run={folder.id}", language="zh-CN")
    expect(page.locator(".thaw-sentence")).to_contain_text("3 轮已完成，用时")
    expect(page.locator(".thaw-events")).to_contain_text("第 3 阶段开始")
    text = page.locator("#thaw-run").inner_text()
    assert not re.findall(r"\b(?:run|chart|state|event|keys)\.[a-z_]+", text)


def test_names_are_shown_as_text_whatever_they_hold(open_page, served):
    """A label that looks like HTML is only a label: nothing of it becomes part of the page."""
    label = "<img src=x onerror=document.title='pwned'> <b>bold</b> &lt;"
    folder = write_run(served.runs, iterations=200, per_epoch=50, label=label)
    events = folder.events_file.read_text(encoding="utf-8").replace("head only", "<i>head</i>")
    folder.events_file.write_text(events, encoding="utf-8")
    page = open_page(f"?run={folder.id}")
    expect(page.locator(".thaw-head h1")).to_have_text(label)
    wait_for_chart(page, "loss")
    assert page.locator("#thaw-run b:text-is('bold'), #thaw-run i, #thaw-run img[src=x]").count() == 0
    assert "onerror" in page.title()


# --- attention


def test_gates_have_one_scale_and_flat_or_broken_ones_are_told_in_words(open_page, served):
    """A gate of 0.5 everywhere must not be painted as if it were a pattern, and NaN is no picture at all."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    path = folder.map_file(folder.map_iterations()[-1])
    with np.load(path) as arrays:
        gates = dict(arrays)
    gates["layer1.attention/spatial"][:] = 0.5
    gates["layer2.attention/spatial"][0, 0, 0] = np.nan
    np.savez(path, **gates)
    page = open_page(f"?run={folder.id}")
    film = page.locator(".thaw-film")
    film.scroll_into_view_if_needed(timeout=20_000)
    expect(film.locator("tbody tr").nth(0).locator(".thaw-gate-words").first).to_have_text(
        "flat (min 0.500, max 0.500)"
    )
    expect(film.locator("tbody tr").nth(1).locator(".thaw-gate-words").first).to_contain_text("NaN")
    expect(film.locator("tbody tr").nth(2).locator(".thaw-gate-words").first).to_be_empty()
    pixel = "canvas => [...canvas.getContext('2d').getImageData(5, 5, 1, 1).data]"
    page.get_by_role("button", name="Native grid").click()
    third = film.locator("tbody tr").nth(2).locator("canvas").first
    value = float(gates["layer3.attention/spatial"][0, 0, 0])
    expected = page.evaluate(f"async () => (await {own_module(page, 'base/colours.js')}).gateColour({value})")
    until(page, lambda: third.evaluate(pixel)[:3] == expected)


def test_the_film_says_whose_images_it_shows_and_in_which_stage(open_page, served):
    """Of a run of three stages: each moment names its own, and the caption says that the images are test images."""
    folder = write_run(served.runs, iterations=600, per_epoch=100)
    page = open_page(f"?run={folder.id}")
    when = page.locator(".thaw-film-when")
    expect(when).to_contain_text("stage 3: everything")
    expect(page.locator("[data-section=maps] .thaw-help")).to_contain_text("8 test images")
    page.get_by_role("slider", name="Moment in training").fill("0")
    expect(when).to_contain_text("stage 1: head only")


def test_arrow_keys_leaf_through_the_epochs_unless_somebody_types(open_page, served):
    """Left and right move through the kept moments; in a text field they belong to the text, and so does '?'."""
    folder = write_run(served.runs, iterations=600, per_epoch=100)
    page = open_page(f"?run={folder.id}")
    when = page.locator(".thaw-film-when")
    expect(when).to_contain_text("epoch 6")
    page.keyboard.press("ArrowLeft")
    expect(when).to_contain_text("epoch 5")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator(".thaw-rename").click()
    page.keyboard.type("why?")
    page.keyboard.press("ArrowLeft")
    assert page.locator("dialog[open]").count() == 0
    expect(when).to_contain_text("epoch 5")


# --- what belongs to it


def test_files_to_take_home_come_with_the_checkpoints_and_the_end(open_page, growing):
    """Somebody keeps the page open: weights are offered when a stage ends, the result when the run does."""
    run = growing(iterations=1000, per_epoch=100, start=100)
    page = open_page(f"?run={run.id}")
    files_there = page.locator(".thaw-files")
    expect(page.locator(".thaw-events")).to_contain_text("Stage 1 started")
    assert "config.yaml" in files_there.inner_text() and "weights" not in files_there.inner_text()
    run.advance(100)
    expect(files_there).to_contain_text("checkpoints/iteration-00000200/weights.safetensors")
    expect(files_there).to_contain_text("end of stage")
    run.advance(800)
    expect(files_there).to_contain_text("checkpoints/iteration-00001000/weights.safetensors")
    run.run.finish()
    expect(files_there).to_contain_text("result.json")


def test_notes_and_tags_are_kept_when_their_field_is_left_and_find_the_run(open_page, served):
    """Somebody writes down what a run was for; it is on disk, in the next tab, and in the filter of all runs."""
    folder = write_run(served.runs, iterations=200, per_epoch=50, label="with notes")
    page = open_page(f"?run={folder.id}")
    page.get_by_label("Notes", exact=True).fill("<b>warm</b> start\n第二次尝试")
    page.get_by_label("Tags, comma-separated").fill(" paper, 图一，paper ,, <i>odd</i>")
    page.keyboard.press("Tab")
    kept = until(page, lambda: (notes := folder.notes()).get("tags") and notes)  # the notes are kept first
    assert kept["notes"] == "<b>warm</b> start\n第二次尝试" and kept["label"] == "with notes"
    assert kept["tags"] == ["paper", "图一", "<i>odd</i>"]
    expect(page.locator(".thaw-notes-said")).to_have_text("Saved.")
    page.reload()
    expect(page.get_by_label("Tags, comma-separated")).to_have_value("paper, 图一, <i>odd</i>")
    expect(page.get_by_label("Notes", exact=True)).to_have_value(kept["notes"])
    page.goto(f"{served.address}?tab=runs")
    for word in ("图一", "第二次尝试"):
        page.get_by_role("searchbox").fill(f"{word} with notes")
        expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .reason")).to_have_text("paper · 图一 · <i>odd</i>")


def test_notes_that_cannot_be_kept_stay_in_their_field(open_page, growing):
    """The dashboard is gone for a moment: a sentence says so, the text stays, and leaving the field again keeps it."""
    run = growing(iterations=1000, per_epoch=100)
    page = open_page(f"?run={run.id}")
    field = page.get_by_label("Notes", exact=True)
    full = {"status": 500, "json": {"error": "the disk is full"}}
    refuse = lambda route: route.fulfill(**full) if route.request.method == "PATCH" else route.continue_()  # noqa: E731
    page.route(f"**/api/runs/{run.id}", refuse)
    field.fill("not to be lost")
    field.blur()
    expect(page.locator(".thaw-notes-said")).to_contain_text("Not saved: the disk is full")
    page.unroute_all()
    run.advance(100)
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 300")
    expect(field).to_have_value("not to be lost")
    field.focus()
    field.blur()
    until(page, lambda: run.folder.notes()["notes"] == "not to be lost")


# --- what can be done


def test_the_label_is_edited_in_place(open_page, served):
    """Enter keeps a new label, in the run folder too; Escape does not."""
    folder = write_run(served.runs, iterations=200, per_epoch=50, label="old")
    page = open_page(f"?run={folder.id}")
    page.locator(".thaw-rename").click(timeout=20_000)
    page.keyboard.type("never mind")
    page.keyboard.press("Escape")
    expect(page.locator(".thaw-head h1")).to_have_text("old")
    page.locator(".thaw-rename").click()
    page.keyboard.type("新的名字")
    page.keyboard.press("Enter")
    expect(page.locator(".thaw-head h1")).to_have_text("新的名字")
    until(page, lambda: folder.notes()["label"] == "新的名字")


def test_the_key_that_chooses_a_character_does_not_end_the_typing(open_page, served):
    """Enter and Escape belong to an input method while it composes."""
    folder = write_run(served.runs, iterations=200, per_epoch=50, label="old")
    page = open_page(f"?run={folder.id}")
    page.locator(".thaw-rename").click(timeout=20_000)
    field = page.locator(".thaw-name-field")
    for key in ("Enter", "Escape"):
        field.dispatch_event("keydown", {"key": key, "isComposing": True, "bubbles": True})
        expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)


def test_buttons_leave_commands_and_wait_for_the_answer(open_page, growing):
    """Pause asks the trainer and shows that it was asked; a refusal is said with its reason."""
    run = growing(iterations=1000, per_epoch=100)
    page = open_page(f"?run={run.id}")
    button = page.locator("[data-command=pause]")
    button.click(timeout=20_000)
    expect(button).to_be_disabled()
    (order,) = until(page, lambda: run.folder.pending(0))
    assert order["command"] == "pause"
    run.run.event("command", "taken", number=order["number"], command="pause", done=True, why="")
    run.state("paused")
    expect(page.locator(".thaw-sentence")).to_contain_text("Paused at iteration 200")
    page.locator("[data-command=continue]").click()
    order = until(page, lambda: run.folder.pending(order["number"]))[0]
    assert order["command"] == "resume"
    run.run.event("command", "no", number=order["number"], command="resume", done=False, why="the moon is full")
    expect(page.locator(".thaw-toast")).to_contain_text("the moon is full")
    expect(page.locator("[data-command=continue]")).to_be_enabled()
    run.state("running")


def test_a_run_that_goes_on_can_be_the_model_of_a_new_one(open_page, growing):
    """Queued, at work or paused: the last button leads to the form, filled from its settings."""
    run = growing(iterations=1000, per_epoch=100, config=resolve({"data": "digits"}).model_dump())
    page = open_page(f"?run={run.id}")
    for state in ("running", "paused", "queued"):
        run.state(state)
        expect(page.locator(".thaw-head")).to_have_attribute("data-state", state)
        expect(page.locator(".thaw-controls .thaw-button").last).to_have_text("Duplicate")
    page.locator("[data-command=again]").click()
    page.wait_for_url("**/?tab=train")  # once its settings have been asked for by ?from=ID
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    expect(page.locator("[id='field.data.name'] input")).to_have_value("digits")


def test_ending_the_process_is_offered_only_when_it_is_silent_and_takes_two_presses(open_page, growing):
    """The last resort appears when a trainer gave no sign of life for a minute, and asks again before it is done."""
    run = growing(iterations=1000, per_epoch=100)
    page = open_page(f"?run={run.id}")
    expect(page.locator("[data-command=stop]")).to_contain_text("saves, then can be resumed")
    assert page.locator("[data-command^=kill]").count() == 0
    run.fall_silent(120)
    killed = []
    page.route("**/kill", lambda route: (killed.append(route.request.method), route.fulfill(json={"status": {}})))
    page.locator("[data-command=kill]").click(timeout=20_000)
    assert killed == []
    page.locator("[data-command=kill_sure]").click()
    until(page, lambda: killed == ["POST"])


@pytest.mark.parametrize("state", ["queued", "paused"])
def test_one_that_waits_and_hangs_is_called_stalled_and_can_be_ended(open_page, growing, state):
    """Stopped while it waits for its device or for a person: no sign of life for a minute."""
    run = growing(iterations=1000, per_epoch=100)
    run.state(state)
    run.fall_silent(70)
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-head .thaw-pill")).to_have_text("Stalled")
    expect(page.locator(".thaw-banner:visible")).to_contain_text("No progress for over a minute")
    expect(page.locator("[data-command=kill]")).to_be_visible()


def test_a_stop_without_an_answer_is_remembered_and_the_process_can_be_ended(open_page, growing):
    """Asked for a minute ago, perhaps in another tab, and not answered: the page says so as long as that is so."""
    run = growing(iterations=1000, per_epoch=100)
    number = run.folder.send("stop")
    order = run.folder.commands / f"{number:06d}.json"
    files.replace_json(order, files.read_json(order) | {"time": time.time() - 60})
    page = open_page(f"?run={run.id}")
    expect(page.locator("[data-command=stop]")).to_be_disabled()
    expect(page.locator("[data-command=stop]")).to_contain_text("Stopping…")
    expect(page.locator(".thaw-banner:visible")).to_contain_text("No answer to Stop since")
    expect(page.locator("[data-command=kill]")).to_be_visible()
    run.run.event("command", "taken", number=number, command="stop", done=True, why="")
    expect(page.locator("[data-command=stop]")).to_be_enabled()
    expect(page.locator("[data-command=kill]")).to_have_count(0)
    expect(page.locator(".thaw-banner:visible")).to_have_count(0)


@pytest.mark.parametrize(
    ("state", "words"), [("interrupted", "Interrupted"), ("stopped", "Stopped at iteration"), ("failed", "ran dry")]
)
def test_what_ended_early_says_why_and_can_be_resumed(open_page, served, state, words):
    """A run that was stopped, failed or lost its process names the reason and offers to go on."""
    folder = write_run(served.runs, iterations=400, per_epoch=100, state=state, reason="the well ran dry")
    page = open_page(f"?run={folder.id}")
    expect(page.locator(".thaw-sentence")).to_contain_text(words)
    asked_for = []
    page.route("**/resume", lambda route: (asked_for.append(1), route.fulfill(status=202, json={"id": folder.id})))
    page.locator("[data-command=resume]").click()
    until(page, lambda: asked_for)


def test_a_run_whose_config_was_edited_says_so_and_asks_which_settings_are_meant(open_page, served):
    """Somebody wrote another batch size into config.yaml: the page shows what the run trains with, and Resume asks."""
    folder = write_run(served.runs, iterations=300, per_epoch=100, state="stopped")
    folder.keep_trained_config(resolve({"batch_size": 64}).model_dump())
    folder.write_config(resolve({"batch_size": 32}).model_dump(), {"batch_size": 32})
    page = open_page(f"?run={folder.id}")
    expect(page.locator(".thaw-banner:visible")).to_contain_text("config.yaml was edited")
    expect(page.locator(".thaw-banner:visible")).to_contain_text("batch_size 64 → 32")
    asked = []
    page.route(
        "**/resume", lambda route: (asked.append(route.request.post_data_json), route.fulfill(status=202, json={}))
    )
    for choice, settings in (("Original settings", "original"), ("Edited settings", "edited")):
        page.get_by_role("button", name="Resume").click()
        with page.expect_request("**/resume"):
            page.get_by_role("dialog").get_by_role("button", name=choice).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert asked.pop() == {"settings": settings}
    resume = page.locator("[data-command=resume]")
    resume.evaluate("button => (button.click(), button.click())")
    expect(page.get_by_role("dialog")).to_have_count(1)
    assert resume.is_disabled()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(resume).to_be_enabled()
    page.route(f"**/api/runs/{folder.id}", lambda route: route.fulfill(status=500, json={"error": "no answer"}))
    resume.click()
    expect(page.locator(".thaw-toast")).to_have_text("no answer")
    expect(resume).to_be_enabled()
    assert asked == []


def test_a_resumed_run_starts_its_curves_over_and_marks_the_place(open_page, growing):
    """After a resume the rows behind the checkpoint are gone: the page forgets them too, and marks where it went on."""
    run = growing(iterations=2000, per_epoch=100, start=500)
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "loss")
    until(page, lambda: axes(page, "loss")["ends"][0] == 5)
    set_aside(run.folder, 0, 300, 3)
    run.run.series = series.Writer(run.folder.series)
    run.run.event("resumed", "Resumed at iteration 300 (life 1).", life=1)
    run.state("running", life=1)
    until(page, lambda: axes(page, "loss")["ends"][0] == 3)
    texts = "() => [...document.querySelectorAll('[data-chart=loss] .annotation-text')].map((node) => node.textContent)"
    until(page, lambda: "resumed" in page.evaluate(texts))


def test_a_lost_dashboard_is_said_and_found_again(open_page, growing):
    """When the server does not answer, the page says since when, and recovers by itself."""
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "loss")
    page.route("**/api/**", lambda route: route.abort())
    banner = page.get_by_text("No answer from the dashboard since").first
    expect(banner).to_be_visible(timeout=10_000)
    run.advance(100)
    page.unroute("**/api/**")
    expect(page.locator(".thaw-banner").first).to_be_hidden(timeout=15_000)
    until(page, lambda: axes(page, "loss")["ends"][0] == 4)


def test_a_proxy_that_asks_to_sign_in_again_leaves_the_page_as_it_is(open_page, growing):
    """Its page of HTML comes with status 200: that is no answer of the dashboard."""
    run = growing(iterations=2000, per_epoch=100, start=300, label="behind a proxy")
    page = open_page(f"?run={run.id}")
    wait_for_chart(page, "loss")
    page.route("**/api/**", lambda route: route.fulfill(content_type="text/html", body="<p>Sign in"))
    banner = page.get_by_text("No answer from the dashboard since").first
    expect(banner).to_be_visible()
    expect(page.locator(".thaw-head h1")).to_have_text("behind a proxy")
    assert axes(page, "loss")["ends"][0] == 3
    page.unroute_all()
    expect(banner).to_be_hidden()


def test_a_panel_that_fails_once_does_not_stop_the_page(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 300")
    page.evaluate("""() => Object.defineProperty(document.querySelector(".thaw-progress"), "value", {
        configurable: true, set() { delete this.value; throw new Error("AbortError, made by the test"); } })""")
    run.advance(100)
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 400")


def test_a_refusal_that_lasts_is_said_once(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300)
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 300")
    asked = []
    page.route("**/live?**", lambda route: (asked.append(1), route.fulfill(status=500, json={"error": "no disk"})))
    until(page, lambda: len(asked) > 3)
    assert page.get_by_text("no disk").count() <= 1
    page.unroute_all()
    run.advance(100)
    expect(page.locator(".thaw-progress-figures")).to_contain_text("iteration 400")


def test_who_comes_back_sees_that_a_run_was_resumed_elsewhere(open_page, growing):
    run = growing(iterations=2000, per_epoch=100, start=300)
    run.run.finish("stopped")
    page = open_page(f"?run={run.id}")
    expect(page.locator(".thaw-head")).to_have_attribute("data-state", "stopped")
    page.evaluate(HIDE, True)
    run.state("running", life=1, ended=None)
    page.evaluate(HIDE, False)
    expect(page.locator(".thaw-head")).to_have_attribute("data-state", "running")


# --- where it is at home


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_fits_a_phone_and_follows_the_system_s_colours(open_page, served, colours):
    """On 390 pixels nothing runs off the side, and cards and charts are dark where the system is."""
    folder = write_run(served.runs, iterations=300, per_epoch=100)
    page = open_page(f"?run={folder.id}", width=390, height=844, colours=colours)
    wait_for_chart(page, "accuracy")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    shades = page.evaluate("""() => ["--thaw-card", "--thaw-text"].map((name) => {
        const shade = getComputedStyle(document.body).getPropertyValue(name).trim();
        return parseInt(shade.slice(1, 3), 16);
    })""")
    assert (shades[0] < shades[1]) == (colours == "dark")
    paper = page.evaluate("document.querySelector('[data-chart=accuracy] .thaw-plot')._fullLayout.paper_bgcolor")
    assert int(paper[1:3], 16) == shades[0]


def test_a_closed_section_stays_closed(open_page, served):
    """Who never reads the log closes it once; it is written down in the very press, which no reload can outrun."""
    folder = write_run(served.runs, iterations=200, per_epoch=50)
    page = open_page(f"?run={folder.id}")
    heading = page.locator("[data-section=log] > summary")
    expect(heading).to_be_visible(timeout=20_000)
    kept = heading.evaluate("(heading) => { heading.click(); return localStorage.getItem('thaw.preferences'); }")
    assert json.loads(kept)["closed"] == ["log"]
    page.reload()
    expect(page.locator("[data-section=log]")).not_to_have_attribute("open", "")
    expect(page.locator("[data-section=events]")).to_have_attribute("open", "")
    heading.press("Enter")
    page.reload()
    expect(page.locator("[data-section=log]")).to_have_attribute("open", "")


def test_two_tabs_keep_each_other_s_preferences_and_their_switches_agree(open_page, served):
    """Two tabs of one browser: what is chosen in one is shown by the other, and neither undoes the other's choices."""
    folder = write_run(served.runs, iterations=200, per_epoch=50)
    one = open_page(f"?run={folder.id}")
    error = one.locator("#thaw-run").get_by_role("button", name="Error", exact=True)
    expect(error).to_have_attribute("aria-pressed", "false")
    other = one.context.new_page()
    other.goto(served.address + "?tab=runs")
    there = other.locator("#thaw-runs").get_by_role("button", name="Error", exact=True)
    there.click()
    expect(error).to_have_attribute("aria-pressed", "true")
    expect(one.locator(".thaw-result-headline")).to_contain_text("Test error")
    one.locator("#thaw-run").get_by_text("Log scale").first.click()
    there.locator("xpath=preceding-sibling::button").click()
    kept = json.loads(other.evaluate("localStorage.getItem('thaw.preferences')"))
    assert kept["logarithmic"] is True and kept["error"] is False
    expect(error).to_have_attribute("aria-pressed", "false")
    one.get_by_role("tab", name="Runs", exact=True).click()
    one.locator("#thaw-runs").get_by_role("button", name="Error", exact=True).click()
    one.get_by_role("tab", name="Run", exact=True).click()
    expect(error).to_have_attribute("aria-pressed", "true")


def test_a_run_that_could_not_be_loaded_is_loaded_when_it_is_chosen_again(open_page, growing):
    """Nothing of the run before stays under its address."""
    one, other = growing(label="one of them"), growing(label="the other one")
    page = open_page(f"?run={one.id}")
    expect(page.locator(".thaw-head h1")).to_have_text("one of them")
    go = f"(id) => {own_module(page, 'base/router.js')}.then(({{ goTo }}) => goTo({{ run: id }}))"
    page.route(f"**/api/runs/{other.id}", lambda route: route.fulfill(status=404, json={"detail": "it is gone"}))
    page.evaluate(go, other.id)
    expect(page.locator(".thaw-head h1")).to_have_count(0)
    page.unroute_all()
    page.evaluate(go, one.id)
    expect(page.locator(".thaw-head h1")).to_have_text("one of them")
    page.evaluate(go, other.id)
    expect(page.locator(".thaw-head h1")).to_have_text("the other one")


def test_a_run_that_is_gone_leaves_a_sentence_and_the_way_to_the_others(open_page):
    page = open_page("?run=../../etc")
    expect(page.get_by_role("alert")).to_have_text(re.compile("No run '______etc'"))
    page = open_page("?run=20990101-000000-abcd")
    expect(page.get_by_role("alert")).to_have_text(re.compile("No run '20990101-000000-abcd'"))
    page.get_by_role("button", name="All runs").click()
    page.wait_for_url("**/?tab=runs")
