"""YAML that is dangerous or broken is refused with a reason."""

import pytest

from engine.config.yaml_files import parse


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "line 2: the key 'a' is listed twice"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a:\n\t- b", "cannot start any token"),
        ("x" * 1_000_001, "at most 1,000,000"),
        ("[" * 5000, "exceeded maximum nesting depth"),
        ("[" * 40 + "]" * 40, "nested more than 30 levels"),
        ("a: !!set {b, c}", "could not determine a constructor"),
        ("a: !!binary aGk=", "could not determine a constructor"),
        ("a: !!timestamp 2024-01-01", "could not determine a constructor"),
    ],
)
def test_yaml_that_is_dangerous_or_broken_is_refused_with_a_reason(text, says):
    with pytest.raises(ValueError, match=says):
        parse(text)


def test_yaml_reads_1e_3_as_a_number():
    assert parse("a: 1e-3\nb: -2.5E+2\nc: 007\nd: '1e-3'") == {"a": 0.001, "b": -250.0, "c": 7, "d": "1e-3"}
