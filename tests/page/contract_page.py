"""A page in which the installed Gradio draws a field of each kind with our own functions, and what a browser sees."""

import contextlib
import dataclasses
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import gradio as gr
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as TookTooLong
from pydantic import BaseModel, Field
from starlette.staticfiles import StaticFiles

import dashboard
from dashboard import page as frame
from dashboard import texts
from dashboard.form import gradio_internals, settings
from dashboard.form.field_texts import FieldTexts
from dashboard.form.fields import PLAIN, Fields, call
from dashboard.form.train_tab import STORAGE

STATIC = Path(dashboard.__file__).parent / "static"
PATIENCE = 20_000  # milliseconds
HEAD = """<link rel="stylesheet" href="../static/styles/gradio.css">
<script type="module">window.gradio = await import("../static/base/gradio.js");</script>
<script>
  const values = { switch: false, choice: "one", share: 0.5, number: 3, text: "word", words: ["one"], values: "1, 2" };
  window.order = { generation: 1, number: 1, values };
  window.told = [];
  window.thawForm = Promise.resolve({
    begin: () => { window.hasBegun = true; },
    order: () => [structuredClone(window.order), { kept: "by order" }],
    snapshot: () => ({ kept: "by snapshot" }),
    entered: (path, mark, value) => { window.told.push([path, value]); return { kept: path }; },
  });
</script>
"""


class Options(BaseModel):
    """A setting for each kind of field."""

    switch: bool = False
    choice: Literal["one", "other"] = "one"
    share: float = Field(0.5, ge=0, le=1)
    number: int = Field(3, description="What it is good for.")
    text: str = "word"
    words: list[str] = ["one"]
    values: list[int] = [1, 2]


def build() -> gr.Blocks:
    with gr.Blocks(fill_width=True, analytics_enabled=False) as blocks:
        gr.HTML("<p></p>", elem_id="thaw-header", js_on_load=None)
        with gr.Tabs():
            with gr.Tab("train", id="train", elem_id="thaw-tab-train", render_children=True):
                _form()
            with gr.Tab("run", id="run", elem_id="thaw-tab-run", render_children=True):
                gr.HTML('<div id="thaw-run"></div>', **PLAIN)
    return blocks


def _form() -> None:
    kept = gr.BrowserState(None, **STORAGE)
    drawn = gr.JSON(visible="hidden")
    redraw, keep = (gr.Button(visible="hidden", elem_id=f"thaw-form-{name}") for name in ("redraw", "keep"))
    with gr.Column(elem_id="thaw-form"):

        @gr.render(inputs=[drawn], triggers=[drawn.change], show_progress="hidden", trigger_mode="multiple")
        def show(order: dict[str, Any] | None) -> None:
            if order:
                _draw(Fields(partial(texts.text, "en"), FieldTexts("en"), kept, order["generation"]), order)

    gradio_internals.on_load(call("begin"), kept)
    redraw.click(None, js=call("order"), outputs=[drawn, kept])
    keep.click(None, js=call("snapshot"), outputs=kept)


def _draw(fields: Fields, order: dict[str, Any]) -> None:
    with fields.section("outer", "Outer"), fields.section("inner", "Inner"), fields.grid("five"):
        for setting in settings.settings(Options, "", "contract"):
            if setting.shape == "words":  # as stage_fields draws the parts that train
                chosen = order["values"][setting.name]
                fields.dropdown(setting, ["one", "other"], chosen, multiselect=True, allow_custom_value=True,
                                elem_classes=["thaw-words"])  # fmt: skip
            else:
                fields.draw(setting, order["values"])
    fields.html(f'<div id="thaw-form-drawn" data-number="{order["number"]}"></div>', "drawn")
    gradio_internals.forget_before(order["number"])


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The address of the page, while it is served."""
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=STATIC))
    gr.mount_gradio_app(app, build(), path="/page", server_name="127.0.0.1", theme=frame.theme(), head=HEAD)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/page/"
    server.should_exit = True
    thread.join()


@dataclasses.dataclass
class Contract:
    """The page in a browser, and the paths that it asked for."""

    page: Page
    asked: list[str]

    def js(self, words: str) -> Any:
        return self.page.evaluate(words)

    def holds(self, condition: str, assumption: str) -> None:
        """The condition, in JavaScript, is true; `gradio` there is gradio.js."""
        assert self.js(condition), f"Gradio has changed: it no longer holds that {assumption}"

    def becomes(self, condition: str, assumption: str) -> None:
        """The condition is true, or becomes so."""
        with contextlib.suppress(TookTooLong):
            self.page.wait_for_function(condition, timeout=PATIENCE)
        self.holds(condition, assumption)

    def redraw(self, **changes: Any) -> None:
        """Draw the form once more, after changes of the order that our script gives."""
        self.page.evaluate(
            "changes => Object.assign(window.order, { number: window.order.number + 1 }, changes)", changes
        )
        self.js("gradio.redraw()")
        self.becomes("gradio.drawnNumber() === window.order.number", "pressing the hidden button draws the form")

    def input(self, kind: str) -> Locator:
        return self.page.locator(f"[id='field.{kind}'] :is(input:not([type=range]), textarea)").first
