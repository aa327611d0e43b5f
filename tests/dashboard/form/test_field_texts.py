"""Fields and faults are told in Chinese too, and no text is left over."""

from dashboard import texts
from dashboard.form import form_state
from dashboard.form.field_texts import FieldTexts
from engine.config.differences import check
from tests.dashboard.form.all_settings import PARTS, SETTINGS


def zh_texts(section):
    return {key: text for key, text in texts.catalogue("zh").items() if key.startswith(f"{section}.")}


def test_no_chinese_text_is_left_over_from_a_setting_that_is_gone():
    known = {f"field.{setting.key}" for setting in SETTINGS}
    known |= {
        f"field.{kind}.{setting.name}" for kind, name in PARTS for setting in form_state.part_settings(kind, name, "")
    }
    known |= {f"field.{kind}.{name}" for kind, name in PARTS}
    units = {setting.unit for setting in SETTINGS}
    for key in zh_texts("field"):
        stem = key.partition(".choices.")[0] if ".choices." in key else key.rpartition(".")[0]
        assert stem in known or key.removeprefix("field.unit.") in units, key


def test_near_names_are_told_in_chinese():
    _, faults = check({"modle": {}})
    assert "是不是“model”" in FieldTexts("zh").fault(faults[0])
