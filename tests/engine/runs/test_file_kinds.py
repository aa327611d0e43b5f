"""What is taken from the files of a run, and what is not."""

import pytest

from engine.runs.file_kinds import ENVIRONMENT, is_epoch, is_event, notes_in
from engine.runs.kinds import narrowed


def test_notes_are_label_notes_and_tags_and_nothing_else():
    told = {"id": "20990101-000000-0000", "status": {"state": "running"}, "label": "mine", "tags": ["a", 3, {}]}
    assert notes_in(told) == {"label": "mine", "notes": "", "tags": ["a"]}
    assert notes_in({"label": 5, "notes": [], "tags": "abc"}) == {"label": "", "notes": "", "tags": []}
    long = notes_in({"label": "x" * 999, "notes": "x" * 99_999, "tags": ["y" * 999] * 99})
    assert (len(long["label"]), len(long["notes"]), len(long["tags"]), len(long["tags"][0])) == (200, 20_000, 50, 200)


@pytest.mark.parametrize(
    "about",
    [{"device": "../../.ssh"}, {"device": "cuda:0\n"}, {"device": 3}, {"threads": True}, {"threads": 10**9},
     {"data": {"classes": "ab"}}, {"data": {"mean": [float("nan")]}}, {"data": []}],
)  # fmt: skip
def test_an_environment_says_nothing_that_leads_elsewhere_or_cannot_be(about):
    assert narrowed(about, ENVIRONMENT) == {}
    good = {"device": "cuda:11", "threads": 3, "data": {"classes": ["a"], "mean": [0.5]}, "python": "3.11"}
    assert narrowed(good | about, ENVIRONMENT) == {key: value for key, value in good.items() if key not in about}


def test_rows_are_epochs_and_events_where_their_numbers_are_numbers():
    assert is_epoch({"epoch": 1, "x": "y"}) and not is_epoch({}) and not is_epoch({"epoch": "1"})
    assert not is_epoch({"epoch": 1, "iteration": []})
    assert is_event({"seq": 1, "kind": "edit", "values": {}}) and not is_event({"seq": 1, "values": []})
    assert not is_event({"kind": "edit"}) and not is_event({"seq": 1, "text": 3})
