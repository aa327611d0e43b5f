"""Which disk is full, how much it has left, and how much a checkpoint needs."""

import errno
import os
import shutil

import pytest

from engine.runs import all_runs, files
from engine.runs.disk_facts import disk_facts


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 90, 1536))
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) == str(tmp_path))
    return all_runs.create(tmp_path / "runs", {}, {})


def full(path):
    return OSError(errno.ENOSPC, "No space left on device", path)


def test_the_file_its_disk_and_what_is_free_are_told(folder, tmp_path):
    path = folder.checkpoints / ".unfinished-7" / "weights.safetensors"
    facts = {"file": str(path), "disk": str(tmp_path), "free": "1.5 KiB"}
    assert disk_facts(full(str(path)), folder) == facts
    assert disk_facts(full(os.fsencode(path)), folder) == facts
    saved = folder.checkpoint(40)
    saved.path.mkdir(parents=True)
    saved.weights_file.write_bytes(bytes(2048))
    files.replace_json(saved.about_file, {})
    assert disk_facts(full(str(path)), folder)["needed"] == "2 KiB"


def test_a_file_that_was_being_replaced_is_called_by_its_own_name(folder):
    temporary = folder.path / ".status.json.4711-0a1b2c3d.tmp"
    assert disk_facts(full(str(temporary)), folder)["file"] == str(folder.status_file)


def test_an_error_that_names_no_file_is_of_the_run_and_one_of_no_file_has_no_facts(folder, monkeypatch):
    assert disk_facts(OSError(errno.EIO, "?"), folder)["file"] == str(folder.path)
    assert disk_facts(RuntimeError("?"), folder) == {}

    def gone(path):
        raise OSError(errno.ESTALE, "?")

    monkeypatch.setattr(shutil, "disk_usage", gone)
    assert disk_facts(full("/x/y"), folder) == {"file": "/x/y"}
