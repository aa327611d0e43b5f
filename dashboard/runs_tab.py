"""The Runs tab: a container that static/runs_tab.js fills and keeps; Gradio never draws it again."""

from collections.abc import Callable
from html import escape

import gradio as gr


def build(text: Callable[..., str]) -> None:
    gr.HTML(
        f'<div id="thaw-runs" class="thaw"><p class="thaw-empty">{escape(text("run.loading"))}</p></div>',
        elem_id="thaw-runs-block", js_on_load=None, apply_default_css=False,
    )  # fmt: skip
