"""A key stands for what it made, until it is old."""

import json
import os

import pytest

from dashboard.routes import request_keys


def test_a_failed_creation_frees_its_key(tmp_path):
    def fail():
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        request_keys.once(tmp_path, "some-key-1", fail)
    assert request_keys.once(tmp_path, "some-key-1", lambda: ["a"]) == (["a"], True)
    assert request_keys.once(tmp_path, "some-key-1", fail) == (["a"], False)


def test_old_keys_are_forgotten(tmp_path):
    request_keys.once(tmp_path, "old-key-1", lambda: ["a"])
    request_keys.once(tmp_path, "new-key-1", lambda: ["b"])
    old = tmp_path / ".requests" / "old-key-1.json"
    os.utime(old, (1, 1))
    request_keys.forget_old(tmp_path)
    assert [path.name for path in (tmp_path / ".requests").iterdir()] == ["new-key-1.json"]
    assert json.loads((tmp_path / ".requests" / "new-key-1.json").read_text(encoding="utf-8")) == ["b"]
