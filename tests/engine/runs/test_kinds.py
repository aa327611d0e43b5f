"""What may stand in a field, and what is dropped or named."""

import pytest

from engine.runs.kinds import is_number, is_text, is_whole, list_of, narrowed, numbers_by_name, odd_field, table_of


@pytest.mark.parametrize("value", [True, "1", None, [], {}, float("nan"), float("inf"), 10**400, -(10**17)])
def test_what_is_no_number_that_can_be_counted_on(value):
    assert not is_number(value) and not is_whole(value)


def test_numbers_texts_lists_and_tables_of_them():
    assert is_number(2.5) and not is_whole(2.5) and is_whole(-3) and is_text("") and not is_text("x" * 20_001)
    assert list_of(is_text)(["a"]) and not list_of(is_text)(["a", 1]) and not list_of(is_text)("ab")
    assert numbers_by_name({"head": 0.1, "stem": None}) and not numbers_by_name({"head": "0.1"})
    score = table_of(top1=is_number)
    assert score({"top1": 3, "more": object()}) and score({"top1": None}) and not score({"top1": "3"})
    assert not score([])


def test_of_a_table_the_odd_field_is_named_or_left_out():
    fields = {"a": is_number, "b": is_text}
    assert odd_field({"a": 1, "c": object()}, fields) is None and odd_field({"a": 1, "b": 2}, fields) == "b"
    assert narrowed({"a": None, "b": "x", "c": 3}, fields) == {"b": "x", "c": 3}
