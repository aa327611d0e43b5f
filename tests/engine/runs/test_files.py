"""Files are whole or absent, and damaged lines cost only themselves."""

import json
import os
import time

import pytest

from engine.runs import files
from engine.runs.json_lines import JsonLines


def test_a_file_is_replaced_in_one_step_and_a_failure_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "状态.json"
    files.replace_json(path, {"a": 1}, durable=True)
    with pytest.raises(ValueError):
        files.replace_json(path, {"a": float("nan")})
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError):
        files.replace_json(path, {"a": 2})
    assert files.read_json(path) == {"a": 1} and list(tmp_path.iterdir()) == [path]


def test_what_is_missing_or_no_json_is_none_or_an_empty_table(tmp_path):
    (tmp_path / "broken").write_text("{", encoding="utf-8")
    (tmp_path / "list").write_text("[1]", encoding="utf-8")
    assert [files.read_json(tmp_path / name) for name in ("absent", "broken", "list")] == [None, None, [1]]
    assert [files.read_table(tmp_path / name) for name in ("absent", "broken", "list")] == [{}, {}, {}]


def test_a_line_after_one_that_was_left_unfinished_is_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    files.append_line(path, {"seq": 1})
    with path.open("ab") as file:
        file.write(b'{"seq": 2, "ki')
    files.append_line(path, {"seq": 3})
    assert JsonLines(path).rows() == [{"seq": 1}, {"seq": 3}]
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) == {"seq": 3}


def test_a_text_is_put_into_the_blocks_that_a_file_has_and_no_others(tmp_path):
    path = tmp_path / "status.json"
    path.write_text("old", encoding="utf-8")
    files.overwrite_text(path, "new and longer")
    assert path.read_text(encoding="utf-8") == "new and longer"
    with pytest.raises(OSError, match="No space"):
        files.overwrite_text(path, "x" * (files.BLOCK + 1))


def test_what_killed_writers_left_is_cleared_once_it_is_old(tmp_path):
    old, young = tmp_path / ".a.tmp", tmp_path / ".b.tmp"
    for path in (old, young):
        path.write_text("half", encoding="utf-8")
    os.utime(old, (time.time() - 90, time.time() - 90))
    files.clear_temporary(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


def test_a_folder_weighs_what_is_in_it_and_a_link_only_itself(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(bytes(100))
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert files.size(tmp_path) == 100 + len("/etc/passwd")


def test_a_file_beyond_the_limit_is_refused_with_a_sentence(tmp_path):
    path = tmp_path / "result.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    assert files.read_json(path, 8) == {"a": 1}
    with pytest.raises(files.TooLarge, match=r"result\.json has 8 bytes; at most 7 are read"):
        files.read_json(path, 7)


def test_a_free_name_replaces_nothing(tmp_path):
    path = tmp_path / "loss.f64"
    for name in ("loss.f64", "loss-2.f64", "loss-3.f64"):
        assert files.free_name(path).name == name
        (tmp_path / name).touch()
