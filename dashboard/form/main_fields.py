"""The five fields that are always in sight: preset, data, model, plan and epochs."""

from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from dashboard.form import form_state, ready_plans, user_presets
from dashboard.form.fields import Fields, Text, call
from dashboard.form.gradio_internals import field_id
from engine.config import departures, presets, published_figures
from engine.messages.failures import in_words


def show(fields: Fields, order: dict[str, Any], presets_dir: Path) -> None:
    form, text = order["form"], fields.text
    with fields.grid("five"):
        _preset(fields, order["preset"], presets_dir)
        fields.choose("data", "datasets", form["data"])
        fields.choose("model", "models", form["model"])
        plan = form_state.plan(form)
        choices = [(text(f"train.plan.{name}"), name) for name in ready_plans.PLANS]
        choices += [(text("train.plan.own"), ready_plans.OWN)] if plan == ready_plans.OWN else []
        field = gr.Dropdown(
            choices, value=plan, label=text("train.plan.label"), info=text(f"train.plan_help.{plan}"), interactive=True,
            elem_id=field_id("plan"), key=fields.key("plan", plan),
        )  # fmt: skip
        field.input(None, js=call("menuChosen", "plan", plan), inputs=field)
        total = sum(ready_plans.lengths(form["stages"]))
        epochs = gr.Number(
            form.get("epochs", total), label=text("train.epochs.label"), info=text("train.epochs.help"), step=1,
            interactive=True, elem_id=field_id("epochs"), key=fields.key("epochs", total),
        )  # fmt: skip
        fields.listen(epochs, "epochs", fields.mark(total))
        fields.total = epochs
        gr.on([epochs.blur, epochs.submit], None, js=call("ask", "epochs"), inputs=epochs)


def _preset(fields: Fields, chosen: str, folder: Path) -> None:
    text = fields.text
    names = presets.names(folder)
    abouts = {name: about_of(name, folder, text, fields.texts.language) for name in names}
    choices = [(abouts[name]["title"], name) for name in names if not name.startswith(user_presets.FOLDER + "/")]
    choices += [
        (text("train.preset.own", title=abouts[name]["title"]), name)
        for name in names if name.startswith(user_presets.FOLDER + "/")
    ]  # fmt: skip
    if chosen not in names:
        choices, chosen = [(text("train.preset.none"), ""), *choices], ""
    about = abouts.get(chosen, {"summary": text("train.preset.none_help"), "needs": ""})
    field = gr.Dropdown(
        choices, value=chosen, label=text("train.preset.label"), interactive=True, elem_id=field_id("preset"),
        key=fields.key("preset", chosen, len(choices)),
    )  # fmt: skip
    field.input(None, js=call("menuChosen", "preset", chosen), inputs=field)
    words = escape(" ".join(filter(None, [about["summary"], about["needs"]])))
    sibling = about.get("quick", "")
    if sibling in names:
        title = escape(text("train.preset.quick", title=abouts[sibling]["title"]))
        words += f' <button type="button" data-preset="{escape(sibling)}">{title}</button>'
    if about.get("log"):
        words += (
            f' <button type="button" data-published-log="{escape(chosen)}">{escape(text("train.preset.log"))}</button>'
        )
    fields.html(f'<p class="thaw-about">{words}</p>', "about")  # not as info: that reads *stars* and [links](...)


def about_of(name: str, folder: Path, text: Text, language: str) -> dict[str, str]:
    """Title, summary, needs, quick sibling and log of a preset in a language; a damaged one says what is wrong."""
    try:
        about = _about(name, folder, (folder / f"{name}.yaml").stat().st_mtime_ns)
    except (ValueError, OSError) as error:
        return {"title": name, "summary": in_words(error), "needs": "", "quick": ""}
    found = {key: _in_language(about.get(key), language) for key in ("title", "summary", "needs")}
    needs = found["needs"]
    if needs and not needs.endswith((".", "。")):  # a few words, where others write sentences
        needs = text("train.preset.needs", what=needs)
    needs = " ".join(filter(None, [needs, _published(about, text), _departures(about, text, language)]))
    links = {"quick": str(about.get("quick") or ""), "log": str(about.get("published_log") or "")}
    return found | {"title": found["title"] or name, "needs": needs} | links


def _published(about: dict[str, Any], text: Text) -> str:
    """What was published of the preset's recipe, in a sentence; its row may be empty."""
    try:
        rows = published_figures.find(about.get("reference") or [])
    except (ValueError, TypeError):  # somebody's own preset
        return ""
    told = [
        text("train.preset.published", error=row["test_error"], model=row["model"], runs=row["runs"] or "?",
             hardware=row.get("hardware") or "–")
        for row in rows if row.get("test_error") is not None
    ]  # fmt: skip
    return " ".join(told)


def _departures(about: dict[str, Any], text: Text, language: str) -> str:
    """Where the preset departs from what was published, in a sentence; empty for a preset of nothing published."""
    told = departures.sentences(about, language)
    between = text("train.preset.departures_between")
    return text("train.preset.departures", what=between.join(told)) if told else ""


@lru_cache(maxsize=1000)
def _about(name: str, folder: Path, changed: int) -> dict[str, Any]:
    """Reading dozens of files takes longer than drawing the form. changed: when the file was, in nanoseconds."""
    about = presets.read(name, folder)[1]
    return about if isinstance(about, dict) else {}


def _in_language(words: Any, language: str) -> str:
    if isinstance(words, dict):
        words = words.get(language) or words.get("en") or ""
    return str(words or "")
