"""The stages of the freeze plan as rows of fields; adding, removing and moving them is done by static/form/form.js."""

from typing import Any

import gradio as gr

from dashboard.form import form_state
from dashboard.form.fields import Fields, call
from dashboard.form.gradio_internals import field_id
from engine.config.run_config import STAGE_SECTIONS

WIDE = ("title", "epochs", "train", "learning_rate")  # always in sight; the rest is under "More of this stage"


def show(fields: Fields, form: dict[str, Any], parts: list[str]) -> None:
    """Draw every stage. parts: what the model is made of, offered for each stage."""
    for index, stage in enumerate(form["stages"]):
        identity = ("stage", stage["id"])
        known = form_state.stage_settings(index)
        path = f"stages.{index}"
        with gr.Column(key=fields.key(*identity), elem_id=field_id(path), elem_classes="thaw-item thaw-stage"):
            fields.html(_heading(fields, index, len(form["stages"])), *identity)
            with fields.grid("wide", *identity):
                for name in WIDE:
                    if name == "train":
                        _parts_that_train(fields, stage, index, parts)
                    else:
                        field = fields.draw(known[name], stage, identity)
                    if name == "epochs":
                        field.input(None, js=call("total"), inputs=field, outputs=fields.total)
            with fields.section(f"stage.{stage['id']}", fields.text("train.stage.more")):
                with fields.grid("rest", *identity):
                    for name, setting in known.items():
                        if name not in WIDE:
                            fields.draw(setting, stage, identity)
                for key, kind in STAGE_SECTIONS.items():
                    fields.part(kind, f"{path}.{key}", stage.get(key), identity, optional=True)


def _heading(fields: Fields, index: int, count: int) -> str:
    title = fields.text("train.stage.number", number=index + 1)
    return fields.item_heading(title, "stages", index, count)


def _parts_that_train(fields: Fields, stage: dict[str, Any], index: int, parts: list[str]) -> None:
    setting = form_state.stage_settings(index)["train"]
    chosen = stage.get("train", ["all"])
    choices = [(fields.texts.choice(setting.key, "all"), "all"), *((part, part) for part in parts)]
    choices += [(part, part) for part in chosen if part != "all" and part not in parts]
    fields.dropdown(setting, choices, chosen, ("stage", stage["id"]), multiselect=True, allow_custom_value=True,
                    elem_classes=["thaw-wide", "thaw-words"])  # fmt: skip


def show_edits(fields: Fields, edits: list[dict[str, Any]]) -> None:
    """What was changed by hand in the run that this form comes from: it will be done again, unless taken away here."""
    with gr.Column(key=fields.key("edits"), visible=bool(edits)):
        for index, edit in enumerate(edits):
            field, value = str(edit.get("field", "")), edit.get("value")
            written = fields.text("train.edit", iteration=edit.get("iteration", 0), field=field, value=value)
            with gr.Column(
                key=fields.key("edit", edit["id"]), elem_id=field_id(f"edits.{index}"), elem_classes="thaw-item"
            ):
                heading = fields.item_heading(written, "edits", index, len(edits), fields.text("train.edit_help"))
                fields.html(heading, "edit", edit["id"])
