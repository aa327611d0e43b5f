"""Devices tell how much is free and who is on them."""

from functools import partial

from dashboard import texts
from dashboard.form import device_choices


def test_a_card_says_how_much_is_free_and_who_is_on_it():
    gb = device_choices.GB
    card = {"name": "cuda:1", "title": "NVIDIA H200", "memory_total": 139 * gb, "memory_free": 120 * gb, "processes": [
        {"pid": 7, "user": "ana", "memory": 12 * gb, "ours": None},
        {"pid": 8, "user": None, "memory": None, "ours": None},
        {"pid": 9, "user": "ana", "memory": 3 * gb, "ours": "20250101-000000-abcd"},
    ]}  # fmt: skip
    assert device_choices.label(card, partial(texts.text, "en")) == (
        "cuda:1 · NVIDIA H200 · 120 of 139 GB free · ana (12 GB) · process 8 · run 20250101-000000-abcd (3.0 GB)"
    )


def test_a_device_of_another_machine_stays_chosen(tmp_path):
    values = [value for _, value in device_choices.choices(partial(texts.text, "en"), "cuda:7", tmp_path)]
    assert values[:2] == ["auto", "cpu"] and "cuda:7" in values
