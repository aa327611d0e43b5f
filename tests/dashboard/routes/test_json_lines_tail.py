"""A growing file is read once, as far as it is whole, and from its start when it is no longer the same."""

import json
import random

from dashboard.routes.json_lines_tail import Tail, Tails
from engine.runs import files


def add(path, *numbers):
    for number in numbers:
        files.append_line(path, {"seq": number})


def numbers(tail):
    return [row["seq"] for row in tail.rows()]


def test_rows_come_once_they_are_whole_however_the_writer_is_cut(tmp_path):
    path, dice = tmp_path / "events.jsonl", random.Random(1)
    tail, text = (
        Tail(path),
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
    tail = Tail(path)
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
    assert numbers(Tail(path)) == [1, 3]


def test_a_line_that_a_killed_writer_left_unfinished_costs_only_itself(tmp_path):
    path = tmp_path / "events.jsonl"
    add(path, 1)
    with open(path, "ab") as file:
        file.write(b'{"seq": 2, "te')
    tail = Tail(path)
    assert numbers(tail) == [1]
    add(path, 3)
    assert numbers(tail) == [1, 3]


def test_only_the_files_asked_for_lately_are_kept_and_a_new_life_reads_anew(tmp_path):
    tails = Tails(keep=3)
    for i in range(10):
        add(tmp_path / f"{i}.jsonl", i)
        assert tails.rows(tmp_path / f"{i}.jsonl", 0) == [{"seq": i}]
    assert len(tails.known) == 3
    path = tmp_path / "9.jsonl"
    path.write_bytes(b'{"seq": 5}\n{"seq": 6}\n')
    assert [row["seq"] for row in tails.rows(path, 1)] == [5, 6]
