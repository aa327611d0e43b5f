"""Commands are read once, in the order in which they were given."""

import os
import time

from engine.runs import command_files


def test_numbers_rise_and_only_later_ones_are_pending(tmp_path):
    folder = tmp_path / "commands"
    assert command_files.pending(folder, 0) == []
    assert [command_files.add(folder, {"command": word}) for word in ("pause", "resume", "stop")] == [1, 2, 3]
    assert [(order["number"], order["command"]) for order in command_files.pending(folder, 1)] == [
        (2, "resume"), (3, "stop"),
    ]  # fmt: skip


def test_one_that_is_being_written_holds_back_the_later_ones_for_a_moment(tmp_path):
    for word in ("pause", "resume"):
        command_files.add(tmp_path, {"command": word})
    half = tmp_path / "000001.json"
    half.write_text("", encoding="utf-8")
    assert command_files.pending(tmp_path, 0) == []
    long_ago = time.time() - 2 * command_files.WRITING_GRACE
    os.utime(half, (long_ago, long_ago))
    assert [order["command"] for order in command_files.pending(tmp_path, 0)] == ["resume"]
