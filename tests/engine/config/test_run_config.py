"""The config: all faults at once, each with its field; differences and the whole are two ways to say the same."""

import pytest

from engine import catalog
from engine.config import overrides, presets
from engine.config.differences import changes, check, resolve
from engine.config.yaml_files import parse


def faults(differences):
    return [str(fault) for fault in check(differences)[1]]


def test_the_defaults_are_sound_and_are_no_changes():
    config = resolve({})
    assert changes(config) == {}
    assert check(config.model_dump())[0] == config


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_sound_and_comes_back_from_its_changes(name):
    differences, about = presets.read(name)
    config = resolve(differences)
    assert resolve(changes(config)) == config
    assert resolve(overrides.apply({}, overrides.as_words(changes(config)))) == config
    assert {"en", "zh"} <= set(about["title"])


def test_all_faults_are_listed_together_with_their_fields():
    listed = faults(
        {
            "model": {"depth": 21},
            "optimizer": {"name": "adamww"},
            "augmentations": [{"name": "mixup", "alpha": -1}, {"padding": 4}],
            "stages": [{"epochs": 0}, {"epochs": True, "train": "head", "lerning_rate": 1}],
            "batch_size": "128",
            "validation": 0.9,
            "batchsize": 1,
        }
    )
    fields = [fault.split(":")[0] for fault in listed]
    assert sorted(fields) == sorted(
        ["model", "optimizer.name", "augmentations.0.alpha", "augmentations.1", "stages.0.epochs", "stages.1.epochs",
         "stages.1.train", "stages.1.lerning_rate", "batch_size", "validation", "batchsize"]
    )  # fmt: skip
    text = "\n".join(listed)
    assert "depth 21 does not fit: basic blocks need 6n+2: 20, 26, 32" in text
    assert "optimizer 'adamww' is unknown; did you mean 'adamw'?" in text
    assert "lerning_rate is unknown; did you mean 'learning_rate'?" in text
    assert "must be a whole number, not True" in text
    assert "batch_size: must be a whole number, not '128'" in text


@pytest.mark.parametrize("rate", [0, -1, 1e9, float("nan"), float("inf"), "1e-3 ", True])
def test_a_learning_rate_that_cannot_be_is_refused(rate):
    assert faults({"optimizer": {"learning_rate": rate}})
    assert faults({"stages": [{"learning_rate": rate}]})
    assert faults({"stages": [{"learning_rate": {"head": rate}}]})


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


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "line 2: the key 'a' stands twice"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a:\n\t- b", "cannot start any token"),
        ("x" * 1_000_001, "at most 1,000,000"),
        ("[" * 5000, "not YAML that can be read"),
    ],
)
def test_yaml_that_is_dangerous_or_broken_is_refused_with_a_reason(text, says):
    with pytest.raises(ValueError, match=says):
        parse(text)


def test_yaml_reads_1e_3_as_a_number():
    assert parse("a: 1e-3\nb: -2.5E+2\nc: 007\nd: '1e-3'") == {"a": 0.001, "b": -250.0, "c": 7, "d": "1e-3"}


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_a_part_that_does_not_exist_is_named_with_what_there_is(kind):
    with pytest.raises(ValueError, match=f"'nosuch' is unknown.*known: .*{catalog.names(kind)[0]}"):
        catalog.options(kind, "nosuch")
