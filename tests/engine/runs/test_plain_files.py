"""Only plain files with one name, in real folders, are opened."""

import os
import socket
import subprocess

import pytest

from engine.runs import plain_files
from engine.runs.plain_files import NotPlain, check, look_through, opened

ODD = {"link": "entry_link", "dead link": "entry_link", "pipe": "entry_special",
       "socket": "entry_special", "link to a device": "entry_link"}  # fmt: skip


def put(kind, place, secret):
    """Something that is not a plain file."""
    if kind == "hard link":
        place.hardlink_to(secret)
    elif kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        here = os.getcwd()
        os.chdir(place.parent)  # its name may be too long for a socket
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(place.name)
        os.chdir(here)
    else:
        targets = {"link": secret, "dead link": "nowhere", "link to a device": "/dev/zero"}
        place.symlink_to(targets[kind])


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("mine", encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("mode", ["rb", "ab", "ab+", "r+b", "xb"])
def test_nothing_is_read_from_it_written_to_it_or_waited_for(kind, mode, tmp_path, secret):
    place = tmp_path / "run" / "log.txt"
    place.parent.mkdir()
    put(kind, place, secret)
    with pytest.raises(NotPlain, match=r"^log\.txt is ") as caught:
        opened(place, mode)
    assert caught.value.code == ODD[kind]
    assert secret.read_text(encoding="utf-8") == "mine" and not (place.parent / "nowhere").exists()


@pytest.mark.parametrize("kind", ODD)
def test_it_is_found_out_too_where_it_is_put_there_between_look_and_opening(kind, tmp_path, secret, monkeypatch):
    place = tmp_path / "log.txt"
    monkeypatch.setattr(plain_files, "check", lambda path: put(kind, place, secret))
    with pytest.raises(OSError):
        opened(place, "ab")
    assert secret.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("folder", ["series", "checkpoints", "maps", "commands", "system"])
def test_no_way_leads_through_a_folder_that_is_a_link(folder, tmp_path, secret):
    run = tmp_path / "run"
    run.mkdir()
    (run / folder).symlink_to(tmp_path)
    for path in (run / folder / "secret", run / folder / "before_life_1" / "new"):
        with pytest.raises(NotPlain, match=f"^{folder} is a link"):
            check(path)
    assert plain_files.file_names(run / folder) == plain_files.folder_names(run / folder) == []
    with pytest.raises(NotPlain):
        plain_files.make_folder(run / folder)


def test_the_folder_of_all_runs_may_be_a_link_of_its_owner(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    path = tmp_path / "runs" / "20261122-101500-ab12" / "series" / "loss.f64"
    plain_files.make_folder(path.parent)
    with opened(path, "ab") as file:
        file.write(b"12345678")
    with opened(path) as file:
        assert file.read() == b"12345678"


def test_everything_odd_in_a_folder_is_named(tmp_path, secret):
    run = tmp_path / "run"
    (run / "checkpoints" / "iteration-00000001").mkdir(parents=True)
    (run / "config.yaml").touch()
    assert look_through(run) == ([], [])
    put("link", run / "log.txt", secret)
    put("link", run / "checkpoints" / "iteration-00000001" / "weights.safetensors", secret)
    put("hard link", run / "epochs.jsonl", secret)
    put("pipe", run / "status.json", secret)
    (run / "maps").symlink_to(tmp_path)
    assert [error.values["file"] for error in look_through(run).not_plain] == [
        "checkpoints/iteration-00000001/weights.safetensors", "log.txt", "maps", "status.json",
    ]  # fmt: skip
    assert look_through(run).shared == ["epochs.jsonl"]


@pytest.mark.parametrize(("mode", "left"), [("ab", "mine+"), ("r+b", "+ine"), ("ab+", "mine+")])
def test_what_is_written_to_a_file_with_a_second_name_goes_to_a_copy(mode, left, tmp_path, secret):
    place = tmp_path / "log.txt"
    put("hard link", place, secret)
    with opened(place) as file:
        assert file.read() == b"mine"
    with opened(place, mode) as file:
        file.write(b"+")
    assert (place.read_text(encoding="utf-8"), secret.read_text(encoding="utf-8")) == (left, "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.txt", "secret"]


def test_no_lock_is_taken_on_a_file_that_it_would_empty(tmp_path, secret):
    put("hard link", tmp_path / "run.lock", secret)
    with pytest.raises(NotPlain, match=r"run\.lock"):
        plain_files.check_lock(tmp_path / "run.lock")
    secret.write_bytes(b"")
    plain_files.check_lock(tmp_path / "run.lock")


def test_a_file_is_never_emptied_before_it_is_known_what_it_is(tmp_path):
    with pytest.raises(AssertionError):
        opened(tmp_path / "x", "w")


def test_folders_nested_deeper_than_python_calls_are_looked_through(tmp_path, secret):
    here, inner = os.getcwd(), tmp_path / "run"
    inner.mkdir()
    try:
        os.chdir(inner)
        for _ in range(1200):
            os.mkdir("a")
            os.chdir("a")
    finally:
        os.chdir(here)
    put("link", inner / "log.txt", secret)
    assert [error.values["file"] for error in look_through(inner).not_plain] == ["log.txt"]
    subprocess.run(["rm", "-rf", inner / "a"], check=True)  # shutil.rmtree would call itself as often
