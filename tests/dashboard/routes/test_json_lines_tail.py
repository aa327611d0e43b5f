"""Of many growing files those are held that were asked for lately."""

from dashboard.routes import json_lines_tail
from dashboard.routes.json_lines_tail import Tails
from engine.runs import files


def add(path, *numbers):
    for number in numbers:
        files.append_line(path, {"seq": number})


def test_only_the_files_asked_for_lately_are_kept_and_a_new_life_reads_anew(tmp_path):
    tails = Tails(keep=3)
    for i in range(10):
        add(tmp_path / f"{i}.jsonl", i)
        assert tails.of(tmp_path / f"{i}.jsonl", 0).rows() == [{"seq": i}]
    assert len(tails.known) == 3
    path = tmp_path / "9.jsonl"
    path.write_bytes(b'{"seq": 5}\n{"seq": 6}\n')
    assert [row["seq"] for row in tails.of(path, 1).rows()] == [5, 6]


def test_few_large_files_push_out_others_too(tmp_path, monkeypatch):
    monkeypatch.setattr(json_lines_tail, "BYTES_KEPT", 100)
    tails = Tails()
    for i in range(10):
        add(tmp_path / f"{i}.jsonl", *range(5))
        tails.of(tmp_path / f"{i}.jsonl", 0).rows()
    assert len(tails.known) == 2 and tails.of(tmp_path / "9.jsonl", 0).rows()
