"""Somebody looks at the network before it trains: its drawing, its layers, its starting weights, what a step costs."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.made_runs import make_run
from tests.page.form_filling import choose_digits, field, unfold
from tests.page.looking import until

pytestmark = pytest.mark.page
LOOKING = 240_000  # milliseconds; the worker starts, and imports torch, with the first question


@pytest.fixture
def network(form):
    """The Train tab with the quick preset of digits, its section of the model open and the network drawn."""
    unfold(form, "model")
    expect(form.locator(".thaw-network-body[aria-busy=false] svg").first).to_be_visible(timeout=LOOKING)
    return form


def row(page: Page, name: str):
    return page.locator(".thaw-network-body tbody tr", has_text=re.compile(rf"^{re.escape(name)}"))


def test_parts_are_drawn_with_shapes_and_unfold_into_layers_that_say_when_they_train(network):
    drawn = network.locator(".thaw-network-drawing li")
    expect(drawn).to_have_text([re.compile(words, re.S) for words in (
        "image.*1 × 16 × 16", "stem.*16 × 16 × 16.*176", "layer1.*attention: 1",
        "layer2.*32 × 8 × 8", "layer3.*64 × 4 × 4",
        "head.*10",
    )])  # fmt: skip
    expect(network.locator(".thaw-network-totals")).to_contain_text("78,720 parameters")
    expect(row(network, "stem3 layers")).to_contain_text("stage 1")
    expect(row(network, "head")).to_contain_text("all stages")
    expect(network.locator("tfoot").first).to_contain_text("stage 1: 78.7 k, stage 2: 59.3 k")
    expect(row(network, "stem.conv")).to_have_count(0)
    fold = network.get_by_role("button", name="stem 3 layers")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(row(network, "stem.conv")).to_contain_text("144")

    unfold(network, "optimizer")
    field(network, "batch_size").fill("32")  # another batch, the same network
    field(network, "model.initial_channels").fill("8")
    expect(drawn.nth(1)).to_contain_text("8 × 16 × 16", timeout=LOOKING)
    expect(row(network, "stem.conv")).to_contain_text("72"), "what was unfolded stays so"


def test_a_look_that_got_no_answer_can_be_tried_again(network):
    network.route("**/api/jobs", lambda route: route.abort())
    unfold(network, "optimizer")
    field(network, "model.initial_channels").fill("8")
    again = network.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    network.unroute_all()
    again.click()
    expect(network.locator(".thaw-network-drawing li").nth(1)).to_contain_text("8 × 16 × 16", timeout=LOOKING)


def test_starting_weights_are_told_by_part_before_the_start(network, served):
    run = make_run(served.runs, {"data": "clothing", "model": {"depth": 8}, "attention": "none"})
    unfold(network, "model"), unfold(network, "model")
    field(network, "weights").fill(run.id)
    field(network, "weights").press("Tab")
    told = network.locator(".thaw-network-weights")
    expect(told).to_be_visible(timeout=LOOKING)
    expect(told.locator("li", has_text="layer1").first).to_contain_text("loaded (10 tensors)")
    expect(told.locator("li", has_text="attention").first).to_contain_text("stays random")
    told.get_by_text("Not used from the file: 2").click()
    expect(told).to_contain_text("head.fc.weight (10 × 64): trained on other classes")


def test_what_a_step_costs_is_measured_on_request_for_plan_and_network_and_can_be_given_up(network):
    """Given up while it is measured, or before the engine answered; then both places show the same figures."""
    cost = network.locator(".thaw-network-cost")
    with network.expect_response(lambda reply: reply.url.endswith("/api/jobs")) as asked:
        cost.get_by_role("button", name="Measure").click()
    expect(cost.get_by_role("progressbar")).to_be_visible()
    cost.get_by_role("button", name="Cancel").click()
    expect(cost.get_by_role("progressbar")).to_be_hidden()
    expect(cost.locator("table")).to_have_count(0)
    look = f"fetch('api/jobs/{asked.value.json()['id']}').then((reply) => reply.json())"
    until(network, lambda: network.evaluate(look)["state"] == "cancelled")

    plan = network.locator(".thaw-plan-measure")
    if not plan.is_visible():
        unfold(network, "plan")
    plan.get_by_role("button").dblclick()  # begun, and given up at once
    expect(plan.get_by_role("button", name="Measure memory and time")).to_be_visible()
    plan.get_by_role("button").click()
    heads = network.locator("#thaw-form-timeline [role=columnheader][data-stage]")
    expect(heads).to_contain_text(["per iteration", "per iteration"], timeout=LOOKING)
    expect(cost.locator("tbody tr")).to_have_count(2)
    expect(cost).to_contain_text("64 images per step")

    changed = [where.get_by_text("The form has changed") for where in (plan, cost)]
    for sentence in changed:
        expect(sentence).to_be_hidden()
    field(network, "model.initial_channels").fill("8")
    for sentence in changed:
        expect(sentence).to_be_visible()


def test_the_drawing_fits_a_phone(open_page):
    page = open_page("?tab=train", width=390)
    choose_digits(page)
    unfold(page, "model")
    expect(page.locator(".thaw-network-body[aria-busy=false] svg").first).to_be_visible(timeout=LOOKING)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in page.locator(".thaw-network-drawing li").all():
        box = part.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_faults_leave_the_network_before_them_and_say_so(network):
    expect(network.get_by_text("this is the network before")).to_be_hidden()
    field(network, "model.depth").fill("9")
    expect(network.get_by_text("this is the network before")).to_be_visible()
    expect(network.locator(".thaw-network-body[aria-busy=false] svg").first).to_be_visible()
    field(network, "model.depth").fill("14")
    expect(network.get_by_text("this is the network before")).to_be_hidden()
