"""The Run tab: a container that static/run/page.js fills and keeps; Gradio never draws it again."""

from collections.abc import Callable
from html import escape

import gradio as gr


def build(text: Callable[..., str]) -> None:
    gr.HTML(
        f'<div id="thaw-run" class="thaw"><p class="thaw-empty">{escape(text("run.loading"))}</p></div>',
        elem_id="thaw-run-block", js_on_load=None, apply_default_css=False,
    )  # fmt: skip
