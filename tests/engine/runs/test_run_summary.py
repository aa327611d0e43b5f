"""A list of runs shows each as it is, and notices when it changes."""

import shutil

from engine.runs.process_identity import identity
from engine.runs.run_folder import RunFolder
from engine.runs.run_summary import stamp, summary
from engine.runs.trainer_process import place
from tests.synthetic_run import settings, write_run


def test_a_run_is_summed_up_and_a_damaged_one_is_named(tmp_path):
    folder = write_run(tmp_path, 40, label="mine", config=settings(seed=7) | {"group": "g"})
    shown = summary(folder)
    assert (shown["id"], shown["label"], shown["group"], shown["seed"]) == (folder.id, "mine", "g", 7)
    assert shown["status"]["state"] == "finished" and shown["parts"]["model"] == "resnet"
    folder.config_file.write_text("a: [", encoding="utf-8")
    damaged = summary(folder)
    assert damaged["status"]["state"] == "damaged" and damaged["label"] == "mine"


def test_the_stamp_changes_with_each_file_that_the_summary_is_made_of(tmp_path):
    folder = write_run(tmp_path, 40)
    stamps = [stamp(folder), stamp(folder)]
    folder.write_notes({"label": "another"})
    stamps.append(stamp(folder))
    folder.config_file.unlink()
    stamps.append(stamp(folder))
    assert stamps[0] == stamps[1] and len(set(stamps)) == 3


def test_a_run_that_is_deleted_while_one_looks_is_no_error(tmp_path, monkeypatch):
    folder = write_run(tmp_path, 40)
    status = folder.status() | identity() | {"state": "running", "place": place(folder.path, folder.lock_file)}
    monkeypatch.setattr(RunFolder, "written_status", lambda self: shutil.rmtree(self.path) or status)
    assert summary(folder)["status"]["state"] == "damaged"
