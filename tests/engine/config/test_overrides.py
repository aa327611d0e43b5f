"""Overrides are dotted words that say the same as a file, whatever a text looks like."""

import pytest

from engine.config import overrides
from engine.config.differences import changes, resolve


def test_overrides_are_dotted():
    differences = overrides.apply(
        {"stages": [{"epochs": 1}]},
        [
            "model=resnet",
            "model.depth=14",
            "optimizer.learning_rate=1e-3",
            "stages.0.epochs=5",
            "stages.1.train=[head]",
        ],
    )
    config = resolve(differences)
    assert config.model["depth"] == 14 and config.optimizer["learning_rate"] == 0.001
    assert [stage.epochs for stage in config.stages] == [5, 10] and config.stages[1].train == ["head"]


@pytest.mark.parametrize("word", ["model", "=3", "stages.7.epochs=1", "batch_size.x=1", "a: b=1\nc: {"])
def test_an_override_that_makes_no_sense_is_named(word):
    with pytest.raises(ValueError):
        resolve(overrides.apply({"batch_size": 4}, [word]))


TRICKY = ["a: b", "1e-3", "yes", "null", "# all", "[x", "{a}", "a, b", "*a", "'", '"', "- a", "  a ", "=1+1", "~", "07",
          "a\nb", "张三 😀", "\x7f", "\\n", "@x", "%", "|", "2026-11-22", "a #b", "!!int 3", "x=y", "\t"]  # fmt: skip


@pytest.mark.parametrize("text", TRICKY)
def test_text_that_reads_like_something_else_comes_back_as_it_was(text):
    """The command line that a form shows trains the same, whatever a label or a class is called."""
    config = resolve({"label": text, "stages": [{"title": text}], "data": {"classes": [text, "other"]}})
    assert resolve(overrides.apply({}, overrides.as_words(changes(config)))) == config
