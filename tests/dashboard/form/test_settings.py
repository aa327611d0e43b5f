"""Each setting has a field of its kind, and its value goes in and comes out unchanged."""

import gradio as gr
import pytest

from dashboard import texts
from dashboard.form.field_texts import FieldTexts
from dashboard.form.settings import component
from tests.dashboard.form.all_settings import ENGLISH, SETTINGS


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_default_goes_into_its_field_and_comes_out_again(setting):
    assert setting.from_raw(setting.to_raw(setting.default)) == setting.default


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_setting_has_a_field_with_a_name_and_help(setting, language):
    field = component(setting, setting.to_raw(setting.default), FieldTexts(language))
    assert field.elem_id == f"field.{setting.path}"
    assert field.label.strip() and field.info.strip()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("models.resnet.depth", gr.Number),
        ("models.resnet.layout", gr.Dropdown),
        ("datasets.digits.classes", gr.Dropdown),
        ("optimizers.sgd.nesterov", gr.Checkbox),
        ("augmentations.horizontal_flip.probability", gr.Slider),
        ("optimizers.sgd.momentum", gr.Number),  # 0.99 and 0.999 are far apart
        ("optimizers.sgd.weight_decay", gr.Number),  # steps of a hundredth are too coarse
        ("schedules.multistep.milestones", gr.Textbox),
        ("run.label", gr.Textbox),
    ],
)
def test_a_field_follows_type_and_bounds(key, kind):
    setting = next(setting for setting in SETTINGS if setting.key == key)
    assert type(component(setting, setting.to_raw(setting.default), ENGLISH)) is kind


def test_a_value_between_the_steps_of_a_slider_is_a_number():
    setting = next(setting for setting in SETTINGS if setting.key == "augmentations.horizontal_flip.probability")
    assert type(component(setting, 0.125, ENGLISH)) is gr.Number
