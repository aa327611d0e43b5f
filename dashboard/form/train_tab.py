"""The Train tab: preset, data, model, plan and epochs in sight, everything else in sections that open.

The browser holds the form while it is edited (static/form/form.js) and asks the routes under /api/form what it
amounts to; this file draws it.
"""

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from dashboard.form import form_state, gradio_internals, main_fields, sections
from dashboard.form.field_texts import FieldTexts
from dashboard.form.fields import PLAIN, Fields, Text, call

# The form as this browser keeps it. Not a secret: a fixed word, so that a restarted dashboard can read it again.
STORAGE: dict[str, Any] = {"storage_key": "thaw-form", "secret": "thaw"}


def build(text: Text, language: str, runs_dir: Path, presets_dir: Path) -> None:
    texts = FieldTexts(language)
    kept = gr.BrowserState(None, **STORAGE)
    drawn = gr.JSON(visible="hidden")
    redraw, keep = (gr.Button(visible="hidden", elem_id=f"thaw-form-{name}") for name in ("redraw", "keep"))
    with gr.Row(elem_id="thaw-train", equal_height=False):
        with gr.Column(scale=5, min_width=320, elem_id="thaw-form"):
            loading = f'<p class="thaw-help" id="thaw-form-loading" role="status">{escape(text("train.loading"))}</p>'
            gr.HTML(loading, **PLAIN)

            # Every drawing is asked for once and told by its number; form.js waits for it before it asks for another,
            # but not for ever. One at a time: Gradio goes through a session's events without a lock once it has drawn.
            @gr.render(inputs=[drawn], triggers=[drawn.change], show_progress="hidden", trigger_mode="multiple",
                       concurrency_limit=1)  # fmt: skip
            def show(state: dict[str, Any] | None) -> None:
                if not state:
                    return
                fields = Fields(text, texts, kept, state["generation"])
                with gradio_internals.ONE_DRAWING:
                    main_fields.show(fields, state, presets_dir)
                    sections.show(fields, state["form"], runs_dir)
                    told = f'data-number="{int(state["number"])}" data-plan="{form_state.plan(state["form"])}"'
                    fields.html(f'<div id="thaw-form-drawn" {told}></div>', "drawn")
                    gradio_internals.forget_before(int(state["number"]))

            gr.HTML(elem_id="thaw-form-files", **PLAIN)
        with gr.Column(scale=2, min_width=300, elem_id="thaw-form-side"):
            gr.HTML(elem_id="thaw-form-summary", **PLAIN)

    gradio_internals.on_load(call("begin"), kept)
    redraw.click(None, js=call("order"), outputs=[drawn, kept])
    keep.click(None, js=call("snapshot"), outputs=kept)
