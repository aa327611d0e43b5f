"""The command line."""

import errno
import re
import shlex
from pathlib import Path

import pytest

from engine import __main__
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


PRINTED_IN = ("README.md", "CONTRIBUTING.md", "docs/*.md", "runs/README.md")
PRINTED = [
    line.strip()
    for pattern in PRINTED_IN
    for path in sorted(Path(__file__).parents[2].glob(pattern))
    for line in re.findall(r"python -m engine [^`\n#]+", path.read_text(encoding="utf-8"))
]


def test_every_command_that_the_documents_print_is_understood(tmp_path, capsys, monkeypatch):
    """Those that only look are run; of those that train or need a run, words, preset and settings are read."""
    assert len(PRINTED) >= 6
    trained = []
    monkeypatch.setattr(__main__, "_train_one", lambda config, label, options: trained.append(config) or "finished")
    for line in PRINTED:
        words = shlex.split(line)[3:]
        if words[0] in ("list", "count", "check", "train"):
            assert main([*words, "--runs", str(tmp_path), "--data", str(tmp_path)]) == 0, line
        else:
            assert __main__._parse(words).command, line
    assert [config.optimizer["learning_rate"] for config in trained] == [0.005]


@pytest.mark.parametrize(
    "line",
    ["train digits_quick batch_size=32 seed=7", "train digits_quick --runs X batch_size=32 seed=7",
     "train digits_quick batch_size=32 --runs X seed=7", "train --runs X digits_quick batch_size=32 seed=7",
     "train digits_quick batch_size=32 seed=7 --runs X"],
)  # fmt: skip
def test_settings_may_stand_before_and_behind_options(line):
    options = __main__._parse(line.split())
    assert (options.preset, options.overrides) == ("digits_quick", ["batch_size=32", "seed=7"])
    assert __main__._parse(["count", "resnet", "--classes", "5", "depth=20"]).overrides == ["depth=20"]
    assert __main__._parse(["check", "a", "--runs", "X", "b", "seed=1"]).words == ["a", "b", "seed=1"]


@pytest.mark.parametrize("line", ["train digits_quick --bogus X", "train digits_quick --runs X y", "resume a b=1"])
def test_what_no_command_takes_is_named(line, capsys):
    with pytest.raises(SystemExit):
        __main__._parse(line.split())
    assert "unrecognized argument" in capsys.readouterr().err


def test_several_seeds_are_trained_one_after_the_other_as_one_group(tmp_path, monkeypatch, capsys):
    order = ["train", "digits_quick", "seeds=[3, 1, 2]", "label=mine", "--runs", str(tmp_path)]
    ends = iter(["finished", "failed", "finished", "stopped"])
    monkeypatch.setattr("engine.process.run_process.train_run", lambda folder, data, show, watch: next(ends))
    assert main(order) == 1
    folders = [all_runs.find(tmp_path, Path(line).name) for line in capsys.readouterr().out.split()]
    configs = [folder.config() for folder in folders]
    assert [config["seed"] for config in configs] == [3, 1, 2] and not any(config["seeds"] for config in configs)
    assert len({config["group"] for config in configs}) == 1 and configs[0]["group"].startswith("seeds-")

    assert main(order) == 1  # stopped by hand: the others are not begun, and named
    assert "not started: seeds 1, 2" in capsys.readouterr().err
