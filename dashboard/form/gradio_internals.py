"""The seam to Gradio in Python: all that the dashboard uses of Gradio beyond its documented interface stands here.

Its other half is static/base/gradio.js; tests/page/test_gradio_contract.py checks both against the installed version.
"""

import re
import threading
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.context import LocalContext, get_blocks_context

API = "/gradio_api/"  # what the routes begin with that answer in JSON
# What Gradio's own page asks for. The rest of its routes (uploads, proxy, streams, sign-in ...) is not served.
ROUTES = re.compile(
    r"/|/config|/theme\.css|/manifest\.json|/favicon\.ico|/(assets|static)/.+"
    r"|/gradio_api/(info|app_id|startup-events|queue/(join|data)|cancel|reset)"
)
# Gradio numbers its blocks without a lock: two drawings at once would share numbers.
ONE_DRAWING = threading.Lock()


def look_at_queue_every(blocks: gr.Blocks, seconds: float) -> None:
    """How often Gradio looks whether an event waits."""
    blocks._queue.sleep_when_free = seconds


def set_fonts(theme: gr.themes.Base, text: str, monospace: str) -> None:
    """The theme's fonts as CSS writes them. Gradio's own Font classes would quote a list of names as one name."""
    theme.font, theme.font_mono = text, monospace


def on_load(js: str, inputs: gr.components.Component) -> None:
    """Run JavaScript once the page that is being built has loaded."""
    context = get_blocks_context()
    assert context is not None, "called inside gr.Blocks"
    context.root_block.load(None, js=js, inputs=inputs)


def field_id(path: str) -> str:
    """The id by which gradio.js finds the field of a setting."""
    return f"field.{path}"


def section_id(name: str) -> str:
    """The id by which gradio.js finds a section."""
    return f"section.{name}"


def forget_before(number: int) -> None:
    """Forget the blocks of former drawings, which Gradio keeps for as long as its page is open.

    Called while drawing `number` is made. Its blocks stay and, as events may still be on their way, those of the one
    before.
    """
    config, here = LocalContext.blocks_config.get(), LocalContext.renderable.get()
    assert config is not None, "called while the form is drawn"
    ours = {key: block for key, block in config.blocks.items() if here in _renderers(block)}
    drawn = {key: vars(block).setdefault("thaw_drawing", number) for key, block in ours.items()}
    kept = {number, *sorted(set(drawn.values()))[-2:]}  # a drawing may be late
    old = {key for key, drawing in drawn.items() if drawing not in kept}
    files = {id(ours[key].temp_files) for key in old}
    config.root_block.temp_file_sets[:] = [one for one in config.root_block.temp_file_sets if id(one) not in files]
    config.blocks = {key: block for key, block in config.blocks.items() if key not in old}


def _renderers(block: Block) -> tuple[Any, Any]:
    """What drew a block, and what drew its parent."""
    return block.rendered_in, getattr(block.parent, "rendered_in", None)
