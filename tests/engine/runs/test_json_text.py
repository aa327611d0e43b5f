"""What is read from a damaged file can be held and sent on."""

import json

import orjson
import pytest

from engine.runs.json_text import DEEPEST, parse


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 200_000, "[" * 900 + "]" * 900, '{"a":' * 60 + "1" + "}" * 60, "1" * 5000]
)
def test_what_is_broken_or_too_deep_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": [None, None]}),
        (rb'{"label": "half \ud83d", "\udc00": ["\uD800"]}', {"label": "half �", "�": ["�"]}),
        (rb'["\ud83d\ude00"]', ["😀"]),
        (rb'["C:\\udir"]', [r"C:\udir"]),
        (b"[" * DEEPEST + b"]" * DEEPEST, parse("[" * DEEPEST + "]" * DEEPEST)),
        (json.dumps([[1]] * 100).encode(), [[1]] * 100),
    ],
)
def test_what_is_read_can_be_sent(raw, value):
    assert parse(raw) == value
    assert orjson.dumps(parse(raw))


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(ValueError):
        parse(b'"\xff"')
