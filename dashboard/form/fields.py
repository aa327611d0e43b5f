"""Drawing fields inside gr.render: each keeps its node and what was typed as long as its key stays the same.

What happens when someone types is done by static/form/form.js in the browser; it alone holds the form while it is
edited, so no reply of the dashboard can overwrite a keystroke, and a restarted dashboard changes nothing.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import gradio as gr

from dashboard.form.field_texts import FieldTexts
from dashboard.form.form_state import part_settings
from dashboard.form.gradio_internals import field_id, section_id
from dashboard.form.settings import NOTHING, Setting, component
from engine import catalog

Text = Callable[..., str]
PLAIN: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}  # for gr.HTML that our own files style


def call(function: str, *arguments: object) -> str:
    """JavaScript for an event: a call of static/form/form.js with these arguments, then the component's value."""
    given = "".join(f"{json.dumps(argument)}, " for argument in arguments)
    return f"async (value) => (await window.thawForm).{function}({given}value)"


class Fields:
    """One drawing of the form. generation: another number makes every field anew, with the values of the form."""

    def __init__(self, text: Text, texts: FieldTexts, kept: gr.BrowserState, generation: int):
        self.text, self.texts, self.kept, self.generation = text, texts, kept, generation
        self.total: gr.Number | None = None  # the field with the sum of all epochs

    def key(self, *words: object) -> tuple:
        return (self.generation, *map(str, words))

    def draw(self, setting: Setting, raw: dict[str, Any], identity: tuple = (), **properties: Any) -> Any:
        """One field, showing its value in `raw` or its default."""
        value = raw.get(setting.name, setting.to_raw(setting.default))
        field = component(setting, value, self.texts, key=self.key(*identity, setting.key), **properties)
        return self.listen(field, setting.path, self.mark(value, identity, raw.get("name")))

    def dropdown(self, setting: Setting, choices: list, value: Any, identity: tuple = (), **properties: Any) -> Any:
        """A field whose choices are known only now."""
        field = gr.Dropdown(
            choices, value=value, label=self.texts.label(setting.key), elem_id=field_id(setting.path),
            info=self.texts.help(setting.key, setting.info.description or ""), interactive=True,
            key=self.key(*identity, setting.key), **properties,
        )  # fmt: skip
        return self.listen(field, setting.path, self.mark(value, identity))

    def mark(self, drawn: Any, identity: tuple = (), part: str | None = None) -> dict[str, Any]:
        """What a field tells of itself with each event, as static/form/field_events.js reads it."""
        return {"generation": self.generation, "item": identity[-1] if identity else None, "part": part, "drawn": drawn}

    def listen(self, field: Any, path: str, mark: dict[str, Any]) -> Any:
        """Tell form.js what somebody enters.

        A Textbox's `input` knows of keys only, not of pasting or of IMEs; that of a menu of several words not of one
        that is typed, nor of the button that empties it; a slider's not of the number that it makes of an emptied one.
        """
        several = isinstance(field, gr.Dropdown) and field.multiselect
        entered = field.change if several or isinstance(field, gr.Textbox | gr.Slider) else field.input
        entered(None, js=call("entered", path, mark), inputs=field, outputs=self.kept)
        return field

    def choose(self, section: str, kind: str, raw: dict[str, Any] | None, identity: tuple = (), optional: bool = False,
               **properties: Any) -> None:  # fmt: skip
        """The dropdown that chooses the part of a section."""
        name = raw["name"] if raw else NOTHING
        choices = [(self.text("train.same_as_above"), NOTHING)] if optional else []
        choices += [(part, part) for part in catalog.names(kind)]
        field = gr.Dropdown(
            choices, value=name, label=self.text(f"train.part.{kind}"), elem_id=field_id(f"{section}.name"),
            info=self.texts.summary(kind, name, catalog.summary(kind, name)) if name else None,
            interactive=True, key=self.key(*identity, section.split(".")[-1], "name"),
            **properties,
        )  # fmt: skip
        field.input(None, js=call("partChosen", section, self.mark(name, identity)), inputs=field)

    def options(self, section: str, kind: str, raw: dict[str, Any] | None, identity: tuple = ()) -> None:
        """A field for every option of the part that is chosen.

        Each part has a place of its own, empty unless it is chosen: Gradio hands the values of a new field to whatever
        stood at its place before, and a number field cannot take the text of a menu.
        """
        for name in catalog.names(kind):
            chosen = raw if raw and raw["name"] == name else None
            with self.grid(section, name, *identity, visible=chosen is not None):
                for setting in part_settings(kind, name, section) if chosen else []:
                    self.draw(setting, chosen or {}, identity)

    def part(self, kind: str, section: str, raw: dict[str, Any] | None, identity: tuple = (),
             optional: bool = False) -> None:  # fmt: skip
        """The dropdown of one part and, below it, its options."""
        with self.grid("part", section, *identity):
            self.choose(section, kind, raw, identity, optional)
        self.options(section, kind, raw, identity)

    def grid(self, *words: object, visible: bool = True) -> gr.Column:
        """Fields beside each other; the first word is the name of its style."""
        return gr.Column(
            elem_classes=["thaw-fields", f"thaw-fields-{words[0]}"], key=self.key("grid", *words), visible=visible,
            preserved_by_key=[],
        )  # fmt: skip

    @contextmanager
    def section(self, name: str, title: str) -> Iterator[None]:
        """A section that form.js opens and closes. (Gradio's accordions take the state of the last drawing.)"""
        with gr.Column(elem_id=section_id(name), elem_classes="thaw-fold", key=("fold", name)):
            self.html(
                f'<h3><button type="button" data-fold="{name}" aria-expanded="false" aria-controls="fold.{name}">'
                f"<span>{escape(title)}</span></button></h3>", "fold", name,
            )  # fmt: skip
            with gr.Column(elem_id=f"fold.{name}", elem_classes="thaw-fold-body", key=("fold body", name)):
                yield

    def html(self, value: str, *identity: object) -> None:
        """HTML of our own; whatever is data in it must be escaped."""
        gr.HTML(value, key=self.key(*identity, "html"), preserved_by_key=[], **PLAIN)

    def item_heading(self, title: str, items: str, index: int, count: int, summary: str = "") -> str:
        """The heading of one entry of a list, with its buttons; form.js does what they say."""
        title = escape(title)
        actions = {"up": index > 0, "down": index < count - 1, "remove": items != "stages" or count > 1}
        buttons = "".join(
            f'<button type="button" class="thaw-small" data-thaw-action="{action}" data-list="{items}" '
            f'data-index="{index}" id="{items}.{index}.{action}" aria-label="{escape(self.text(f"train.{action}"))}: '
            f'{title}" title="{escape(self.text(f"train.{action}"))}"{"" if possible else " disabled"}></button>'
            for action, possible in actions.items()
        )
        words = f"<p>{escape(summary)}</p>" if summary else ""
        return f'<div class="thaw-item-heading"><div><h4>{title}</h4>{words}</div><span>{buttons}</span></div>'
