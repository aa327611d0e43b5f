"""The registry of sentences: what it holds can be filled in, and every code is known by its key."""

import string

import pytest

from engine.messages.sentences import ENDINGS, ERRORS, EVENTS, FAULTS, by_key


@pytest.mark.parametrize("key", by_key())
def test_placeholders_are_plain_names(key):
    """So that Python and the page's JavaScript fill them in alike."""
    for _, name, form, conversion in string.Formatter().parse(by_key()[key]):
        assert name is None or (name.isidentifier() and not form and not conversion)


def test_no_code_is_lost_among_the_keys():
    assert len(by_key()) == sum(map(len, (FAULTS, ERRORS, ENDINGS, EVENTS)))
    assert by_key()["fault.too_long"] == FAULTS["too_long"]


def test_an_error_may_stand_for_a_fault_or_an_ending():
    """Faults and endings look their codes up among the errors too, so that none may mean two things."""
    assert not set(ERRORS) & (set(FAULTS) | set(ENDINGS))
