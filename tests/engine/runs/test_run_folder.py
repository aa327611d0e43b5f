"""A run folder gives back what was written into it, and says what is wrong with it."""

import pytest

from engine.runs import all_runs, files


@pytest.fixture
def folder(tmp_path):
    return all_runs.create(tmp_path, {"seed": 1}, {})


def test_notes_are_changed_one_by_one(folder):
    folder.write_notes({"label": "a", "tags": ["x"]})
    folder.write_notes({"notes": "b"})
    notes = folder.notes()
    assert (notes["label"], notes["tags"], notes["notes"]) == ("a", ["x"], "b")


def test_the_log_is_read_on_from_where_one_was_and_anew_where_it_was_rotated(folder):
    assert folder.log(0) == ("", 0, 0)
    folder.log_file.write_text("第一\n", encoding="utf-8")
    text, place, _ = folder.log(0)
    with folder.log_file.open("a", encoding="utf-8") as log:
        log.write("second\n")
    assert (text, folder.log(place)[0]) == ("第一\n", "second\n")
    assert folder.log(0, limit=4)[0] == "ond\n"
    folder.log_file.write_text("new\n", encoding="utf-8")
    assert folder.log(place + 7)[0] == "new\n"


def test_checkpoints_are_found_by_name_and_by_iteration(folder):
    for iteration, kept in ((10, ["best"]), (20, ["last", "stage_end"])):
        place = folder.checkpoint(iteration)
        place.path.mkdir(parents=True)
        files.replace_json(place.about_file, {"iteration": iteration, "kept_as": kept})
    assert [folder.find_checkpoint(which).about()["iteration"] for which in ("best", "last")] == [10, 20]
    assert [kept.about()["iteration"] for kept in folder.checkpoint_list()] == [10, 20]
    with pytest.raises(ValueError):
        folder.find_checkpoint("stop")


def test_a_config_that_cannot_be_read_is_an_error_that_names_it(folder):
    folder.config_file.write_text("a: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.yaml"):
        folder.config()


def test_a_run_of_another_machine_that_fell_silent_may_be_a_copy(folder):
    folder.write_status({"state": "running", "life": 0, "host": "another", "pid": 7, "place": "1-2-3"})
    assert folder.status()["state"] == "running"  # its status is a second old
    status = files.read_json(folder.status_file) | {"updated": 1.0}
    files.replace_json(folder.status_file, status)
    said = folder.status()
    assert said["state"] == "interrupted" and said["ending"]["code"] == "silent_elsewhere"
    assert "another" in said["reason"]
