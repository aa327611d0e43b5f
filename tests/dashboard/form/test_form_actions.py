"""Buttons and menus of the form answer, or say why they cannot."""

from functools import partial

import pytest

from dashboard import texts
from dashboard.form import form_state
from dashboard.form.form_actions import FormActions
from engine.config.differences import changes, resolve
from tests.dashboard.form.all_settings import ENGLISH, form


class TestAnswers:
    @pytest.fixture
    def answers(self, tmp_path):
        (tmp_path / "small.yaml").write_text("about: {title: Small}\ndata: digits\nbatch_size: 32", encoding="utf-8")
        (tmp_path / "broken.yaml").write_text("batch_size: -1\nmodle: resnet", encoding="utf-8")
        return FormActions(partial(texts.text, "en"), ENGLISH, tmp_path, tmp_path)

    @pytest.fixture
    def state(self):
        return {"form": form(batch_size=99), "preset": "", "open": ["data"]}

    def test_a_page_begins_where_it_was_left(self, answers, state):
        assert answers.answer("begin", state, None)["form"] == state["form"]
        assert answers.answer("begin", {"form": {"stages": 1}}, None)["form"] == form_state.blank()
        assert answers.answer("begin", None, None)["form"] == form_state.blank()

    def test_a_preset_fills_the_form_anew(self, answers, state):
        answer = answers.answer("preset", state, "small")
        assert changes(resolve(form_state.changes_of(answer["form"]))) == {
            "data": {"name": "digits"},
            "batch_size": 32,
        }
        assert answer["anew"] and answer["preset"] == "small"

    def test_a_new_total_gives_every_stage_its_share(self, answers):
        stages = [{"id": 3, "epochs": 1, "train": ["head"]}, {"id": 8, "epochs": 3, "train": ["all"]}]
        answer = answers.answer("epochs", {"form": form(stages=stages, epochs=20)}, 20)
        assert [(stage["epochs"], stage["train"]) for stage in answer["stages"]] == [(5, ["head"]), (15, ["all"])]
        assert not {3, 8} & {stage["id"] for stage in answer["stages"]}, "new ids, so that the fields show new values"

    def test_saving_does_not_overwrite_by_itself(self, answers, state):
        assert answers.answer("save", state, {"title": "mine"})["preset"] == "own/mine"
        assert answers.answer("save", state, {"title": "mine"}) == {"exists": "mine"}
        assert answers.answer("save", state, {"title": "mine", "overwrite": True})["preset"] == "own/mine"

    @pytest.mark.parametrize(
        ("what", "value", "words"),
        [
            ("preset", "smal", "did you mean 'small'"),
            ("preset", "broken", "batch_size: must be at least 1, not -1\nmodle"),
            ("yaml", "batch_size: [", "YAML"),
            ("yaml", "- 1", "Not a mapping"),
            ("yaml", "a: &x 1\nb: *x", "aliases"),
            ("run", "../../etc", "there is no run"),
            ("plan", "none", "there is no plan"),
            ("save", {"title": "///"}, "no letter or digit"),
            ("delete", "small", "not one of your presets"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, answers, state, what, value, words):
        with pytest.raises(ValueError) as refused:
            answers.answer(what, state, value)
        assert words in str(refused.value)
