"""A growing file is read once, as far as it is whole, and from its start when it is no longer the same."""

import json
import random

from engine.runs import files, json_lines
from engine.runs.json_lines import JsonLines
from engine.runs.kinds import is_whole


def add(path, *numbers):
    for number in numbers:
        files.append_line(path, {"seq": number})


def numbers(tail):
    return [row["seq"] for row in tail.rows()]


def test_rows_come_once_they_are_whole_however_the_writer_is_cut(tmp_path):
    path, dice = tmp_path / "events.jsonl", random.Random(1)
    tail, text = (
        JsonLines(path),
        "".join(json.dumps({"seq": i, "text": "电池" * (i % 5)}) + "\n" for i in range(60)).encode(),
    )
    assert tail.rows() == []
    written = 0
    with open(path, "wb") as file:
        while written < len(text):
            step = dice.randrange(1, 40)
            file.write(text[written : written + step])
            file.flush()
            written += step
            assert numbers(tail) == list(range(text[:written].count(b"\n")))
    assert numbers(tail) == list(range(60))


def test_a_file_that_was_replaced_or_cut_is_read_again(tmp_path):
    path = tmp_path / "epochs.jsonl"
    tail = JsonLines(path)
    add(path, 1, 2, 3)
    assert numbers(tail) == [1, 2, 3]
    path.rename(tmp_path / "aside.jsonl")
    assert numbers(tail) == []
    add(path, 1, 7, 8, 9)
    assert numbers(tail) == [1, 7, 8, 9]
    path.write_bytes(b"")
    add(path, 4)
    assert numbers(tail) == [4]


def test_damaged_lines_are_left_out_and_the_others_kept(tmp_path):
    path = tmp_path / "events.jsonl"
    add(path, 1)
    with open(path, "ab") as file:
        file.write(b'\xff\xfe{\n[1]\n"word"\n{"seq": 2\n' + b"[" * 100_000 + b"\n")
    add(path, 3)
    assert numbers(JsonLines(path)) == [1, 3]


def test_a_line_that_a_killed_writer_left_unfinished_costs_only_itself(tmp_path):
    path = tmp_path / "events.jsonl"
    add(path, 1)
    with open(path, "ab") as file:
        file.write(b'{"seq": 2, "te')
    tail = JsonLines(path)
    assert numbers(tail) == [1]
    add(path, 3)
    assert numbers(tail) == [1, 3]


def write(path, *sizes):
    """Lines of so many bytes each, numbered from 0."""
    with open(path, "ab") as file:
        for number, size in enumerate(sizes):
            file.write((json.dumps({"seq": number}) + " " * size)[: size - 1].encode() + b"\n")


def test_lines_that_are_damaged_or_not_what_they_should_be_are_counted(tmp_path):
    path = tmp_path / "events.jsonl"
    add(path, 1)
    with open(path, "ab") as file:
        file.write(b'{\n\n[]\n{"seq": "2"}\n{"seq": NaN}\n{"seq": 1e999}\n{"seq": true}\n')
    tail = JsonLines(path, lambda row: is_whole(row.get("seq")))
    assert numbers(tail) == [1] and tail.read() == (6, 0)


def test_of_a_huge_file_the_end_is_read_and_the_rest_counted(tmp_path, monkeypatch):
    """Neither at once nor while it grows is more held than the limit; no line is taken by its second half."""
    monkeypatch.setattr(json_lines, "LARGEST", 1000)
    monkeypatch.setattr(json_lines, "CHUNK", 64)
    path = tmp_path / "events.jsonl"
    write(path, *[100] * 50)
    at_once = JsonLines(path)
    assert numbers(at_once) == list(range(41, 50)) and at_once.read() == (0, 4100)
    path.unlink()
    growing = JsonLines(path)
    for _ in range(50):
        write(path, 100)
        growing.rows()
    assert len(growing.rows()) == 10 and growing.read() == (0, 4000) and growing.size == 1000


def test_a_line_without_end_is_neither_held_nor_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(json_lines, "LONGEST", 1000)
    monkeypatch.setattr(json_lines, "CHUNK", 100)
    path = tmp_path / "events.jsonl"
    tail = JsonLines(path)
    for _ in range(10):
        with open(path, "ab") as file:
            file.write(b"[" * 500)
        assert tail.rows() == [] and len(tail.unfinished) <= 1001 and tail.offset == path.stat().st_size
    add(path, 7)
    assert numbers(tail) == [7] and tail.read() == (1, 0)


def test_an_answer_holds_the_newest_rows_and_says_how_many_it_leaves_out(tmp_path):
    path = tmp_path / "events.jsonl"
    write(path, *[100] * 20)
    tail = JsonLines(path)
    for most_rows, most_bytes, first in ((5, 10_000, 15), (50, 10_000, 10), (50, 300, 17), (50, 1, 19)):
        rows, left_out = tail.newest(lambda row: row["seq"] >= 10, most_rows, most_bytes)
        assert ([row["seq"] for row in rows], left_out) == (list(range(first, 20)), first - 10)


def test_a_link_is_not_read(tmp_path):
    add(tmp_path / "elsewhere", 1)
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "elsewhere")
    assert JsonLines(tmp_path / "events.jsonl").rows() == []
