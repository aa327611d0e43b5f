"""The form is drawn by Gradio, which counts blocks without a lock: drawings take turns, also those of two languages."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard import page
from dashboard.form import form_state, gradio_internals, main_fields, sections


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
    monkeypatch.setattr(gradio_internals, "forget_before", lambda number: None)
    return [blocks.renderables[0].fn for blocks in pages], most


def test_drawings_of_several_tabs_take_turns(drawings):
    functions, most = drawings
    with ThreadPoolExecutor(8) as pool:
        orders = [
            pool.submit(functions[n % 2], {"generation": 0, "form": form_state.blank(), "number": n}) for n in range(8)
        ]
    assert all(order.result() is None for order in orders)
    assert most[0] == 1


def test_gradios_queue_finishes_one_drawing_before_the_next(tmp_path):
    """After our drawing Gradio goes through the session's events, which another drawing would change."""
    blocks = page.build_page("en", tmp_path, tmp_path)
    (drawing,) = [function for function in blocks.fns.values() if function.renderable]
    assert drawing.queue and drawing.concurrency_limit == 1
