"""The frame of the page in one language: header, language switch and four tabs."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path

import gradio as gr

from dashboard import texts
from dashboard.containers import AttentionTab, RunPage, RunsTab
from dashboard.form import gradio_internals, train_tab

SYSTEM_FONTS = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif"
MONOSPACE = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def head(version: str) -> str:
    """What loads our own files; the addresses are relative, so that they also hold behind a proxy's prefix."""
    folder = f"static/{version}"
    return f"""<link rel="stylesheet" href="{folder}/styles/style.css">
<script type="module" src="{folder}/main.js"></script>
<script>window.thawForm = import("./{folder}/form/form.js");</script>
"""


def build_page(language: str, runs_dir: Path, presets_dir: Path) -> gr.Blocks:
    """The page in one language; it holds no data, its modules ask the routes under /api for it."""
    text = partial(texts.text, language)
    tabs: dict[str, Callable[..., object]] = {
        "train": partial(train_tab.build, language=language, runs_dir=runs_dir, presets_dir=presets_dir),
        **{place.screen: place for place in (RunPage, RunsTab, AttentionTab)},
    }  # fmt: skip
    with gr.Blocks(title=text("page.title"), fill_width=True, analytics_enabled=False) as blocks:
        gr.HTML(_header(language, text), elem_id="thaw-header", js_on_load=None)
        with gr.Tabs(elem_id="thaw-tabs"):
            for name, build in tabs.items():
                with gr.Tab(text(f"tabs.{name}"), id=name, elem_id=f"thaw-tab-{name}", render_children=True):
                    build(text)
    return blocks


def theme() -> gr.themes.Base:
    """Gradio's plain theme with fonts that are on every machine: nothing is fetched for it."""
    plain = gr.themes.Base(
        primary_hue="orange", font=gr.themes.Font("sans-serif"), font_mono=gr.themes.Font("monospace")
    )
    gradio_internals.set_fonts(plain, SYSTEM_FONTS, MONOSPACE)
    return plain


def _header(language: str, text: partial) -> str:
    """The name of the dashboard and a button for each other language; main.js sets the cookie and reloads the page."""
    buttons = [
        f'<button type="button" class="thaw-language" data-language="{other}" lang="{other}">'
        f"{escape(texts.text(other, 'page.language'))}</button>"
        for other in texts.LANGUAGES
        if other != language
    ]
    return (
        f'<header class="thaw-header" lang="{language}" data-language="{language}"><h1>{escape(text("page.name"))}</h1>'
        f'<p>{escape(text("page.purpose"))}</p><nav aria-label="{escape(text("page.languages"))}">'
        f"{''.join(buttons)}</nav></header>"
    )
