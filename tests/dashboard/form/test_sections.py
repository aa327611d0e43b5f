"""Each setting stands in one section."""

from dashboard.form import form_state, sections


def test_every_setting_of_a_run_stands_in_one_section():
    placed = [name for group in sections.GROUPS.values() for name in group]
    assert sorted(placed) == sorted(form_state.run_settings())
