"""The routes of the form: what it amounts to, and whole forms made of presets, plans, other runs and YAML."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dashboard import texts
from dashboard.form import form_state
from dashboard.form.field_texts import FieldTexts
from dashboard.form.form_actions import ACTIONS, FormActions
from dashboard.form.form_report import report
from dashboard.json_answer import Json
from dashboard.routes.dependencies import PresetsDir, RunsDir, Spare
from engine.messages.failures import in_words

UNREADABLE = "this form cannot be read; reload the page"
router = APIRouter(prefix="/form")


class Check(BaseModel):
    """form: what dashboard/form/form_state.py describes; preset: the name of the preset it began from, if any."""

    model_config = ConfigDict(extra="forbid")
    language: texts.Language = "en"
    form: dict[str, Any]
    preset: str = Field("", max_length=200)


class Wish(BaseModel):
    """state: the form with its preset; value: what is asked for, such as the name of a preset."""

    model_config = ConfigDict(extra="forbid")
    language: texts.Language = "en"
    state: dict[str, Any] | None = None
    value: Any = None


@router.post("/check")
def check(order: Check, presets_dir: PresetsDir, spare_trainer: Spare) -> Json:
    if spare_trainer:
        spare_trainer.prepare()
    with _readable(order.form):
        return Json(report(order.form, order.preset, presets_dir, _field_texts(order.language)))


@router.post("/{what}")
def ask(what: str, wish: Wish, runs_dir: RunsDir, presets_dir: PresetsDir) -> Json:
    if what not in ACTIONS:
        raise HTTPException(404, f"a form cannot be asked for {what[:20]!r}; only for {', '.join(ACTIONS)}")
    text, field_texts = partial(texts.text, wish.language), _field_texts(wish.language)
    actions = FormActions(text, field_texts, presets_dir, runs_dir)
    form = (wish.state or {}).get("form")
    with _readable(form_state.blank() if what == "begin" else form):
        try:
            return Json(actions.answer(what, wish.state, wish.value))
        except (ValueError, OSError) as error:
            raise HTTPException(409, in_words(error)) from error


@cache
def _field_texts(language: texts.Language) -> FieldTexts:
    return FieldTexts(language)


@contextmanager
def _readable(form: Any) -> Iterator[None]:
    """Answer 422 where a form is not what the page would send."""
    if not form_state.is_readable(form):
        raise HTTPException(422, UNREADABLE)
    try:
        yield
    except (KeyError, TypeError, AttributeError) as error:
        raise HTTPException(422, UNREADABLE) from error
