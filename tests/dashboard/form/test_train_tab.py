"""The form is drawn by Gradio, which counts blocks without a lock: drawings take turns, also those of two languages."""

import contextvars
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from gradio.context import LocalContext

from dashboard import page
from dashboard.form import form_state, main_fields, sections, train_tab


@pytest.fixture
def drawings(monkeypatch, tmp_path):
    """The functions that draw the form, one a language, with drawings that take a while and tell how many go on."""
    at_once, most, counting = [0], [0], threading.Lock()

    def slowly(*_):
        with counting:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        with counting:
            at_once[0] -= 1

    pages = [page.build_page(language, tmp_path, tmp_path) for language in ("en", "zh")]
    for module in (main_fields, sections):
        monkeypatch.setattr(module, "show", slowly)
    monkeypatch.setattr(train_tab, "forget_before", lambda number: None)
    return [blocks.renderables[0].fn for blocks in pages], most


def test_drawings_of_several_tabs_take_turns(drawings):
    functions, most = drawings
    with ThreadPoolExecutor(8) as pool:
        orders = [pool.submit(functions[n % 2], {"generation": 0, "form": {}, "number": n}) for n in range(8)]
    assert all(order.result() is None for order in orders)
    assert most[0] == 1


def test_a_form_that_is_drawn_again_and_again_keeps_the_blocks_of_two_drawings(tmp_path):
    """A session that lasts for days would keep all of them otherwise, as Gradio forgets none."""
    blocks = page.build_page("en", tmp_path, tmp_path)
    config, form = blocks.default_config, {"form": form_state.blank(), "preset": "", "open": []}
    context, counts = contextvars.copy_context(), []
    context.run(LocalContext.blocks_config.set, config)
    own, files = set(config.blocks), len(blocks.temp_file_sets)
    for number in (1, 2, 3, 4, 5, 7, 6):  # the last is late
        context.run(blocks.renderables[0].apply, form | {"generation": number, "number": 1000 * number})
        counts.append(len(config.blocks))
    assert counts[0] < counts[1] == counts[2] == counts[3] == counts[4] == counts[5]
    assert own < set(config.blocks) and len(config.blocks) < 2 * counts[1]
    assert len(blocks.temp_file_sets) - files < 4 * (len(config.blocks) - len(own))
