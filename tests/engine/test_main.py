"""The command line."""

import errno

from engine.__main__ import main
from engine.config import presets
from engine.runs import all_runs
from tests.made_runs import make_run
from tests.training import TINY


def test_the_command_line_is_content_with_every_preset(tmp_path, capsys):
    assert main(["check", *presets.names(), "--data", str(tmp_path)]) == 0
    assert "must/dtd_b16: data.path: folder " in capsys.readouterr().out


def test_the_check_says_part_by_part_what_weights_fill_and_refuses_those_that_fill_nothing(tmp_path, capsys):
    run = make_run(tmp_path, TINY)
    words, where = ["check", "digits_quick", f"weights={run.id}"], ["--runs", str(tmp_path), "--data", str(tmp_path)]
    same = [f"model.{name}={value}" for name, value in TINY["model"].items()]
    assert main([*words, *same, "attention=eca", *where]) == 0
    said = capsys.readouterr().out
    assert "Weights loaded into stem, layer1, layer2, layer3, head; random: attention;" in said
    assert main([*words, "model=densenet", "model.depth=10", *where]) == 2
    assert "digits_quick: weights: nothing in the starting weights (" in capsys.readouterr().out


def test_a_full_disk_is_told_in_a_sentence(tmp_path, capsys, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "config.yaml"))

    monkeypatch.setattr(all_runs, "create", full)
    assert main(["train", "digits_quick", "--runs", str(tmp_path), "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "its disk is full" in said and "Errno" not in said
