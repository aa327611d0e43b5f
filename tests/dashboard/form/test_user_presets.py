"""One's own presets are saved under safe names, never over another, and deleted."""

import pytest

from dashboard.form import user_presets
from engine.config import presets


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My preset", "My_preset"),
        ("../../etc/passwd", "etc_passwd"),
        ("我的 预设", "我的_预设"),
        ("CON", "CON_"),
        ("<img src=x onerror=alert(1)>", "img_src_x_onerror_alert_1"),
        ("x" * 500, "x" * user_presets.LONGEST),
    ],
)
def test_a_preset_gets_a_name_that_is_safe_as_a_file(title, name):
    assert user_presets.file_name(title) == name


@pytest.mark.parametrize("title", ["", "  ", "..", "/", "<>"])
def test_a_preset_needs_a_letter_or_digit_in_its_name(title):
    with pytest.raises(ValueError, match="no letter or digit"):
        user_presets.file_name(title)


def test_a_preset_is_saved_found_overwritten_only_when_asked_and_deleted(tmp_path):
    name = user_presets.save(tmp_path, "Mein Versuch", {"batch_size": 32})
    assert presets.read(name, tmp_path) == ({"batch_size": 32}, {"title": "Mein Versuch"})
    with pytest.raises(FileExistsError):
        user_presets.save(tmp_path, "Mein Versuch", {"batch_size": 64})
    assert presets.read(name, tmp_path)[0] == {"batch_size": 32}
    user_presets.save(tmp_path, "Mein Versuch", {"batch_size": 64}, overwrite=True)
    assert presets.read(name, tmp_path)[0] == {"batch_size": 64}
    user_presets.delete(tmp_path, name)
    assert presets.names(tmp_path) == []


@pytest.mark.parametrize("name", ["house", "own/../house", "own/", "own/..", "../own/x", "own/missing"])
def test_only_own_presets_can_be_deleted(tmp_path, name):
    (tmp_path / "own").mkdir()
    (tmp_path / "house.yaml").write_text("batch_size: 32", encoding="utf-8")
    with pytest.raises(ValueError, match="not one of your presets"):
        user_presets.delete(tmp_path, name)
    assert (tmp_path / "house.yaml").is_file()
