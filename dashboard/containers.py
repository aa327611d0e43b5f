"""What Gradio shows of the screens that our own scripts draw: one empty container each, which it never draws again.

Gradio writes a stub, containers.pyi, beside any module that subclasses one of its components; git ignores it.
"""

from collections.abc import Callable
from html import escape

import gradio as gr


class Container(gr.HTML):
    """The place of a screen, `#thaw-NAME`, with a line to read until its script is there."""

    screen: str  # as in the address of the tab, and in ids

    def __init__(self, text: Callable[..., str]):
        super().__init__(
            f'<div id="thaw-{self.screen}" class="thaw"><p class="thaw-empty">{escape(text("run.loading"))}</p></div>',
            elem_id=f"thaw-{self.screen}-block", js_on_load=None, apply_default_css=False,
        )  # fmt: skip


class RunPage(Container):
    """One run: static/run fills it."""

    screen = "run"


class RunsTab(Container):
    """All runs and their comparison: static/runs and static/compare fill it."""

    screen = "runs"


class AttentionTab(Container):
    """Attention on a picture: static/attention fills it."""

    screen = "attention"
