"""A process belongs to the folder that it locked, and to no copy of it."""

import os
import platform
import shutil

import psutil
from filelock import FileLock

from engine.runs.process_identity import identity
from engine.runs.trainer_process import holds_lock, is_copy, place


def new_folder(path):
    path.mkdir()
    (path / "run.lock").touch()
    return path, path / "run.lock"


def test_a_copy_has_another_place_and_a_moved_folder_its_own(tmp_path):
    folder, lock = new_folder(tmp_path / "run")
    status = identity() | {"place": place(folder, lock)}
    assert not is_copy(folder, lock, status)
    linked = shutil.copytree(folder, tmp_path / "linked", copy_function=os.link)
    assert is_copy(linked, linked / lock.name, status)
    moved = folder.rename(tmp_path / "moved")
    assert not is_copy(moved, moved / lock.name, status)
    folder, lock = new_folder(tmp_path / "run")
    assert is_copy(folder, lock, status)


def test_a_lock_that_somebody_removed_makes_no_copy(tmp_path):
    folder, lock = new_folder(tmp_path / "run")
    status = identity() | {"place": place(folder, lock)}
    lock.unlink()
    assert not is_copy(folder, lock, status)
    bare = identity() | {"place": place(folder, lock)}
    lock.touch()
    assert not is_copy(folder, lock, bare)


def test_nothing_is_called_a_copy_where_places_cannot_be_compared(tmp_path):
    folder, lock = new_folder(tmp_path / "run")
    elsewhere = identity() | {"place": "1-2-3"}
    assert is_copy(folder, lock, elsewhere)
    for change in ({"boot_id": "before"}, {"host": "another"}, {"place": None}):
        assert not is_copy(folder, lock, elsewhere | change), change


def test_who_has_the_lock_open_holds_it_under_any_name(tmp_path):
    folder, lock = new_folder(tmp_path / "run")
    _, other_lock = new_folder(tmp_path / "other")
    me = psutil.Process()
    with open(lock, "a", encoding="utf-8"):
        moved = folder.rename(tmp_path / "moved") / lock.name
        assert holds_lock(me, moved) and not holds_lock(me, other_lock)
        assert not holds_lock(me, tmp_path / "nowhere")
    assert not holds_lock(me, moved)


def test_whoever_holds_the_lock_here_trains_here_whatever_number_the_disk_has_now(tmp_path):
    """As after a disk was mounted anew; a copy, hard links included, is told all the same."""
    folder, lock = new_folder(tmp_path / "run")
    status = identity() | {"place": "1-2-3"}
    with open(lock, "a", encoding="utf-8"):
        linked = shutil.copytree(folder, tmp_path / "linked", copy_function=os.link)
        copied = shutil.copytree(folder, tmp_path / "copied")
        for away in (linked, copied):
            assert is_copy(away, away / lock.name, status) and not holds_lock(psutil.Process(), away / lock.name)
        assert not is_copy(folder, lock, status)


def test_a_folder_that_is_gone_is_called_nothing(tmp_path):
    folder, lock = new_folder(tmp_path / "run")
    status = identity() | {"place": place(folder, lock)}
    shutil.rmtree(folder)
    assert not is_copy(folder, lock, status)


def test_windows_which_lists_not_all_open_files_is_asked_for_the_lock_itself(tmp_path, monkeypatch):
    _, lock = new_folder(tmp_path / "run")
    me = psutil.Process()
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(psutil.Process, "open_files", lambda process: [])
    with FileLock(lock):
        assert holds_lock(me, lock)
    assert not holds_lock(me, lock) and not holds_lock(me, lock.with_name("missing"))
