"""A run trains with what it began with, whatever becomes of config.yaml."""

import pytest

from engine.config.config_drift import drift
from engine.config.differences import changes, resolve
from engine.config.yaml_files import dump
from engine.process.run_process import train_run
from engine.process.run_settings import take_settings
from engine.runs import reporter, run_summary
from tests.engine.planned import PLAN, run, told
from tests.training import new_run, rows, weights


def edit(folder, **settings):
    folder.config_file.write_text(dump(folder.written_config() | settings), encoding="utf-8")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("untouched"), PLAN)
    assert run(folder, folder.path, {7: [("set", {"field": "stages.1.learning_rate", "value": 0.01})]}) == "finished"
    return folder


def test_a_file_edited_while_it_trains_changes_neither_training_nor_record_and_stays_as_it_is(
    untouched, tmp_path, monkeypatch
):
    """Edited after two iterations, then the plan is changed on the page, then it is stopped and resumed."""
    folder = new_run(tmp_path, PLAN)
    deeds = {
        2: lambda: edit(folder, batch_size=16, ema_decay=0.0),
        7: lambda: folder.send("set", {"field": "stages.1.learning_rate", "value": 0.01}),
        8: lambda: folder.send("stop"),
    }
    monkeypatch.setattr(reporter, "LISTEN_EVERY", 0.0)
    assert train_run(folder, tmp_path, watch=lambda status: deeds.pop(status.get("iteration"), int)()) == "stopped"
    assert folder.written_config()["batch_size"] == 16  # the trainer left the person's file alone
    config = folder.config()
    assert (config["batch_size"], config["ema_decay"], len(config["edits"])) == (32, 0.9, 1)
    (said,) = told(folder, "config_edited")
    assert "batch_size 32 -> 16" in said["text"] and "ema_decay 0.9 -> 0.0" in said["text"]
    with pytest.raises(ValueError, match=r"config\.yaml was edited .* batch_size 32 -> 16"):
        train_run(folder, tmp_path, resume=True)
    assert folder.status()["state"] == "stopped"
    assert train_run(folder, tmp_path, resume=True, settings="original") == "finished"
    assert rows(folder) == rows(untouched) and weights(folder) == weights(untouched)


def test_a_run_that_has_begun_nothing_takes_the_edited_file_if_one_says_so(tmp_path):
    folder = new_run(tmp_path)
    assert take_settings(folder, None).batch_size == 32
    edit(folder, batch_size=16)
    with pytest.raises(ValueError, match="was edited"):
        take_settings(folder, None)
    assert take_settings(folder, "original").batch_size == 32
    assert take_settings(folder, "edited").batch_size == folder.config()["batch_size"] == 16
    assert take_settings(folder, None).batch_size == 16


def test_a_file_that_was_written_before_a_kill_but_not_beside_the_kept_one_is_caught_up(tmp_path):
    folder = new_run(tmp_path)
    whole = take_settings(folder, None)
    edits = [{"iteration": 3, "field": "stages.0.epochs", "value": 4}]
    folder.keep_trained_config(whole.model_dump() | {"edits": edits})
    assert len(take_settings(folder, None).edits) == 1
    assert folder.written_config()["edits"] == folder.config()["edits"] == edits


def test_a_damaged_or_lost_file_does_no_harm_to_a_run_that_has_begun(tmp_path):
    folder = new_run(tmp_path)
    take_settings(folder, None)
    for damage in (lambda: folder.config_file.write_text("a: [", encoding="utf-8"), folder.config_file.unlink):
        damage()
        assert folder.config()["batch_size"] == 32 and folder.written_config() is None
        assert take_settings(folder, "original").batch_size == 32


def test_a_run_of_before_trains_with_its_file(tmp_path):
    """It has no kept settings yet: those of the file are taken and kept."""
    folder = new_run(tmp_path)
    config = resolve({"batch_size": 8})
    folder.write_config(config.model_dump(), changes(config))
    assert folder.trained_config() is None and take_settings(folder, None) == config
    assert resolve(folder.trained_config()) == config


def begun_before(tmp_path):
    """A run that an earlier Thaw began: it kept config.yaml and, beside it, what differed from the defaults."""
    folder = new_run(tmp_path, edits=[{"iteration": 3, "field": "stages.0.epochs", "value": 4}])
    folder.start_file.touch()
    return folder


def test_a_file_edited_by_hand_is_noticed_in_a_run_of_an_earlier_thaw_too(tmp_path):
    folder = begun_before(tmp_path)
    before = folder.written_config()
    assert folder.config() == before and len(take_settings(folder, None).edits) == 1
    folder.trained_file.unlink()
    edit(folder, batch_size=16)
    assert drift(folder.config(), folder.written_config())[0]["field"] == "batch_size"
    with pytest.raises(ValueError, match=r"config\.yaml was edited .* batch_size 32 -> 16"):
        take_settings(folder, None)
    with pytest.raises(ValueError, match="cannot continue with other settings"):
        take_settings(folder, "edited")
    assert take_settings(folder, "original").model_dump() == before


@pytest.mark.parametrize("changes_yaml", [None, "a: [", "model: {name: of another time}"])
def test_a_run_whose_changes_are_not_understood_goes_on_with_its_file(tmp_path, changes_yaml):
    folder = begun_before(tmp_path)
    folder.changes_file.unlink()
    if changes_yaml is not None:
        folder.changes_file.write_text(changes_yaml, encoding="utf-8")
    edit(folder, batch_size=16)
    assert take_settings(folder, None).batch_size == 16


def test_what_only_labels_a_run_is_taken_from_the_file_at_once(tmp_path):
    folder = new_run(tmp_path)
    take_settings(folder, None)
    edit(folder, group="mine")
    assert run_summary.summary(folder)["group"] == "mine"
    assert take_settings(folder, None).group == "mine"
