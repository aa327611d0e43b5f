"""Every other field of the form, in sections that open."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import gradio as gr

from dashboard.form import device_choices, form_state, stage_fields, weight_choices
from dashboard.form.fields import Fields, call
from dashboard.form.gradio_internals import field_id
from dashboard.form.settings import Setting
from engine import catalog

# Which settings of a run stand in which section; a test sees to it that each stands in one.
GROUPS = {
    "data": ["validation", "test_time"],
    "model": ["weights"],
    "augmentations": [],
    "objective": [],
    "optimizer": [
        "batch_size", "accumulate", "subdivisions", "ghost_batch", "schedule_over", "warmup", "warmup_epochs",
        "decay_on", "ema_decay", "gradient_clip", "gradient_clip_value",
    ],
    "plan": ["rehearsal", "allow_random_frozen"],
    "machine": ["device", "threads", "precision", "tf32", "channels_last", "deterministic", "compile"],
    "repeats": ["label", "seed", "seeds", "group", "reference"],
    "keeping": ["checkpoint_epochs", "checkpoint_minutes", "probe_images"],
}  # fmt: skip
VALIDATION = ["0.1", "0.2", "0.05", "test"]


def show(fields: Fields, form: dict[str, Any], runs_dir: Path) -> None:
    fields.html('<div id="thaw-form-more"></div>', "more")
    with _section(fields, "plan"):
        fields.html('<div id="thaw-form-timeline"></div>', "timeline")
        stage_fields.show(fields, form, form_state.model_parts(form))
        fields.html(_adder("stages", fields.text("train.stage.add")), "add stage")
        stage_fields.show_edits(fields, form.get("edits", []))
        _settings(fields, "plan", form, runs_dir)
    with _section(fields, "data", form["data"]["name"]):
        fields.options("data", "datasets", form["data"])
        with fields.grid("validation"):
            _settings(fields, "data", form, runs_dir)
    with _section(fields, "model", *_names(form, "model", "attention")):
        fields.options("model", "models", form["model"])
        fields.part("attention", "attention", form["attention"])
        with fields.grid("part", "weights"):
            _settings(fields, "model", form, runs_dir)
        fields.html('<div id="thaw-form-network"></div>', "network")
    with _section(fields, "augmentations", *(item["name"] for item in form["augmentations"])):
        _augmentations(fields, form)
        fields.html('<div id="thaw-form-preview"></div>', "preview")
    with _section(fields, "objective", form["objective"]["name"]):
        fields.part("objectives", "objective", form["objective"])
    with _section(fields, "optimizer", *_names(form, "optimizer", "schedule")):
        fields.part("optimizers", "optimizer", form["optimizer"])
        fields.part("schedules", "schedule", form["schedule"])
        with fields.grid("rate"):
            _settings(fields, "optimizer", form, runs_dir)
        fields.html('<div id="thaw-form-schedule"></div>', "schedule")
        fields.html('<div id="thaw-form-range-test"></div>', "range test")
    for name in ("machine", "repeats", "keeping"):
        with _section(fields, name), fields.grid(name):
            _settings(fields, name, form, runs_dir)


def _section(fields: Fields, name: str, *chosen: str) -> AbstractContextManager[None]:
    """A section whose title names the parts chosen in it."""
    return fields.section(name, " · ".join([fields.text(f"train.section.{name}"), *chosen]))


def _names(form: dict[str, Any], *sections: str) -> list[str]:
    return [form[section]["name"] for section in sections if form[section]["name"] != "none"]


def _settings(fields: Fields, group: str, form: dict[str, Any], runs_dir: Path) -> None:
    known = form_state.run_settings()
    for name in GROUPS[group]:
        setting = known[name]
        value = form.get(name, setting.to_raw(setting.default))
        match name:
            case "device":
                fields.dropdown(setting, device_choices.choices(fields.text, value, runs_dir), value)
            case "weights":
                choices = weight_choices.choices(runs_dir, fields.text, value)
                fields.dropdown(setting, choices, value, allow_custom_value=True)
            case "validation":
                fields.dropdown(setting, _validation(fields, setting, value), value, allow_custom_value=True)
            case _:
                fields.draw(setting, form)


def _validation(fields: Fields, setting: Setting, value: Any) -> list[tuple[str, str]]:
    known = VALIDATION if value in VALIDATION else [*VALIDATION, str(value)]
    return [(fields.texts.choice(setting.key, known_value), known_value) for known_value in known]


def _augmentations(fields: Fields, form: dict[str, Any]) -> None:
    chosen = form["augmentations"]
    with gr.Column(key=fields.key("augmentations")):
        for index, item in enumerate(chosen):
            _augmentation(fields, item, index, len(chosen))
    adder = gr.Dropdown(
        [(fields.text("train.augmentation.add"), ""), *catalog.names("augmentations")], value="", interactive=True,
        label=fields.text("train.augmentation.label"), info=fields.text("train.augmentation.help"),
        elem_id=field_id("augmentations"), key=fields.key("add augmentation", *(item["id"] for item in chosen)),
    )  # fmt: skip
    adder.input(None, js=call("add", "augmentations", len(chosen)), inputs=adder)


def _augmentation(fields: Fields, item: dict[str, Any], index: int, count: int) -> None:
    name, path, identity = item["name"], f"augmentations.{index}", ("augmentation", item["id"])
    with gr.Column(key=fields.key(*identity), elem_id=field_id(path), elem_classes="thaw-item"):
        summary = fields.texts.summary("augmentations", name, catalog.summary("augmentations", name))
        fields.html(fields.item_heading(name, "augmentations", index, count, summary), *identity)
        fields.options(path, "augmentations", item, identity)


def _adder(items: str, words: str) -> str:
    return (
        f'<div class="thaw"><button type="button" class="thaw-button" data-thaw-action="add" data-list="{items}" '
        f'id="{items}.add">{words}</button></div>'
    )
