"""What a form amounts to: its faults, its rates, its command line."""

import shlex
import shutil
import subprocess

import pytest

from dashboard.form.form_report import command, report
from engine.config import presets
from engine.config.differences import resolve
from engine.config.overrides import apply
from tests.dashboard.form.all_settings import ENGLISH, form


def test_all_faults_are_told_at_once_each_at_its_field():
    wrong = form(batch_size=None, seeds="0, x", validation="half", warmup_epochs=-1.5, checkpoint_epochs=2.5)
    wrong["optimizer"] |= {"learning_rate": -1, "momentum": 1}
    wrong["stages"] = [{"id": 0, "epochs": 0, "train": ["all"], "learning_rate": "fast"}]
    told = report(wrong, "", presets.HOUSE, ENGLISH)
    assert {fault["field"] for fault in told["faults"]} >= {
        "batch_size", "seeds.1", "validation", "warmup_epochs", "checkpoint_epochs", "optimizer.learning_rate",
        "optimizer.momentum", "stages.0.epochs", "stages.0.learning_rate",
    }  # fmt: skip
    assert told["config"] is None
    by_field = {fault["field"]: fault["message"] for fault in told["faults"]}
    assert by_field["batch_size"] == "is empty"
    assert by_field["seeds.1"] == "must be a whole number, not 'x'"
    assert by_field["checkpoint_epochs"] == "must be a whole number, not 2.5"


def test_rates_in_the_plan_are_those_of_the_chosen_optimizer():
    """Chosen a moment ago: nothing but its name stands in the form yet."""
    told = report(form(optimizer={"name": "adamw"}), "", presets.HOUSE, ENGLISH)
    assert set(told["stages"][0]["rates"].values()) == {resolve({"optimizer": "adamw"}).optimizer["learning_rate"]}


@pytest.mark.parametrize("name", presets.names())
def test_the_command_line_trains_the_same(name):
    start = presets.read(name)[0]
    for words in ([], ["batch_size=32", "optimizer.learning_rate=0.5"], ["optimizer=adamw", "stages.0.epochs=3"]):
        config = resolve(apply(start, words))
        line = shlex.split(command(name, presets.HOUSE, config))
        assert line[:5] == ["python", "-m", "engine", "train", name]
        assert resolve(apply(presets.read(line[4])[0], line[5:])) == config


@pytest.mark.parametrize(
    "label", ["two words", "quotes \" and '", "$HOME `x` 100% \\ !", "张三 😀", "a;b&c|d>e", "it's"]
)
def test_the_command_line_is_one_word_a_setting_for_the_shell_whatever_stands_in_it(label):
    config = resolve(presets.read("digits_quick")[0] | {"label": label, "seeds": [0, 1, 2]})
    line = command("digits_quick", presets.HOUSE, config)
    assert '"seeds=[0, 1, 2]"' in line  # as shells of Unix and of Windows take it
    assert resolve(apply(presets.read("digits_quick")[0], shlex.split(line)[5:])) == config
    if shutil.which("sh"):
        said = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, encoding="utf-8")
        assert said.stdout.splitlines() == shlex.split(line)


def test_what_overrides_cannot_say_is_a_file():
    config = resolve({"batch_size": 32})
    assert command("", presets.HOUSE, config) == "python -m engine train my-run.yaml"
