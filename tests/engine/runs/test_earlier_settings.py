"""A run of before an option was there goes on as it began."""

import pytest

from engine.runs.earlier_settings import filled_in


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"attention": {"name": "bam"}}, {"attention": {"name": "bam", "behind_last": True}}),
        ({"attention": {"name": "bam", "behind_last": False}}, {"attention": {"name": "bam", "behind_last": False}}),
        ({"attention": {"name": "cbam"}, "seed": 3}, {"attention": {"name": "cbam"}, "seed": 3}),
    ],
)
def test_what_was_not_there_has_the_value_that_it_had(before, after):
    assert filled_in(before) == after


@pytest.mark.parametrize("damaged", [{}, {"attention": 3}, {"attention": {"name": ["bam"]}}, {"attention": {}}])
def test_what_is_damaged_is_left_to_the_check(damaged):
    assert filled_in(damaged) == damaged
