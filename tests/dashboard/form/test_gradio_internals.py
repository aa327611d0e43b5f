"""Gradio's internals are known to the files of the seam alone, and Gradio forgets former drawings of the form."""

import contextvars
import re
from pathlib import Path

from gradio.context import LocalContext

import dashboard
from dashboard import page
from dashboard.form import form_state

ROOM = Path(dashboard.__file__).parent
SEAM = ("form/gradio_internals.py", "static/base/gradio.js", "static/styles/gradio.css")
INTERNALS = {
    ".py": r"from gradio\.|import gradio\.|\bblocks\._|\bgr\._|/gradio_api|\bLocalContext|temp_file|rendered_in"
           r"|elem_id=f?\"(field|section)\.",
    ".js": r"gradio_api|svelte|block-info|combobox|[\"'` ]\.(block|wrap|form)\b|contains\(\"(block|dark)\"\)|\[id\^"
           r"|[\"'`](field|section)\.|-button`|thaw-form-(redraw|keep|drawn)|role=tab\b",
    ".css": r"svelte|block-info|body\.dark|gradio-container|\.(block|wrap|wrap-inner|form|column|token|tabitem"
            r"|container|html-container|info-text|label-text|checkbox-container|tab-like-container)(?![\w-])"
            r"|--(body|block|input|checkbox|slider)-",
}  # fmt: skip
FILES = sorted(path for path in ROOM.rglob("*.*") if path.suffix in INTERNALS and "vendor" not in path.parts)


def internals(path: Path) -> list[str]:
    source = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [line.strip() for line in source.splitlines() if re.search(INTERNALS[path.suffix], line)]


def test_no_other_file_touches_gradios_internals():
    found = {path.relative_to(ROOM).as_posix(): internals(path) for path in FILES}
    assert {name: lines for name, lines in found.items() if lines and name not in SEAM} == {}
    assert all(found[name] for name in SEAM)  # the patterns find what they look for


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
