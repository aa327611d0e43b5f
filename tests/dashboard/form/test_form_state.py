"""The form says what the config says: nothing is lost on the way in or out."""

import pytest

from dashboard.form import form_state
from engine.config import presets
from engine.config.differences import resolve
from engine.messages.faults import Fault
from tests.dashboard.form.all_settings import form


@pytest.mark.parametrize("name", presets.names())
def test_each_preset_goes_into_the_form_and_comes_out_again(name):
    config = resolve(presets.read(name)[0])
    assert resolve(form_state.changes_of(form_state.form_of(config))) == config


def test_parts_of_stages_and_their_own_schedules_survive():
    stages = [
        {"train": ["head"], "learning_rate": {"head": 0.1, "layer3": 1e-3}, "schedule": {"name": "multistep"}},
        {"epochs": 3, "objective": {"name": "supervised", "label_smoothing": 0.2}},
    ]
    config = resolve({"stages": stages, "seeds": [3, 4], "augmentations": [{"name": "cutout", "size": 4}]})
    assert resolve(form_state.changes_of(form_state.form_of(config))) == config


@pytest.mark.parametrize(
    ("path", "raw", "value"),
    [
        ("seeds", "0, 1,2", [0, 1, 2]),
        ("seeds", "", []),
        ("validation", "test", "test"),
        ("validation", "0.25", 0.25),
        ("group", "", None),
        ("batch_size", 64.0, 64),
        ("checkpoint_minutes", 2, 2),
    ],
)
def test_what_is_typed_is_read(path, raw, value):
    assert form_state.changes_of(form(**{path: raw}))[path] == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [("0.1", 0.1), ("1e-4", 1e-4), ("", None), ("head: 0.1, layer3: 1e-2", {"head": 0.1, "layer3": 0.01})],
)
def test_a_stage_takes_one_rate_or_one_for_each_part(raw, value):
    stage = {"id": 0, "train": ["all"], "learning_rate": raw}
    assert form_state.changes_of(form(stages=[stage]))["stages"][0]["learning_rate"] == value


def test_only_what_differs_from_its_default_counts_as_changed():
    assert form_state.changed(form_state.blank()) == []
    different = form(batch_size=64, seeds="1, 2", augmentations=[{"id": 0, "name": "mixup"}])
    different["optimizer"] = {"name": "adam", "eps": 1e-4}
    assert set(form_state.changed(different)) == {
        "batch_size", "seeds", "augmentations.0", "optimizer.name", "optimizer.eps"
    }  # fmt: skip


@pytest.mark.parametrize("kept", [None, [], {"stages": []}, {"stages": 3}, {"stages": [{}], "model": {"name": "gone"}}])
def test_a_form_that_no_longer_fits_is_not_read(kept):
    assert not form_state.is_readable(kept)


def test_a_new_total_reaches_every_stage_and_too_few_epochs_are_a_fault():
    stages = [{"id": 0, "epochs": 5, "train": ["head"]}, {"id": 1, "epochs": 5, "train": ["all"]}]
    assert [s["epochs"] for s in form_state.changes_of(form(stages=stages, epochs=30))["stages"]] == [15, 15]
    assert form_state.total_faults(form(stages=stages, epochs=1)) == [
        Fault("epochs", "at_least", {"limit": 2, "input": 1})
    ]
    assert form_state.total_faults(form(stages=stages, epochs=None))[0].field == "epochs"
