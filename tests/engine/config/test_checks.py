"""Settings that are more than a number or a word are taken or refused with what they must be."""

import pytest

from engine.config import checks

TAKEN = [
    (checks.rates, 0.1), (checks.rates, {"head": 100, "stem": 1e-9}), (checks.factors, {"stem": 1000}),
    (checks.parts, "all"), (checks.parts, ["head"]), (checks.validation, "test"), (checks.validation, 0.5),
    (checks.shares, [0, 0.5]), (checks.shares, [0.5, 1]), (checks.device, "auto"), (checks.device, "cuda:12"),
]  # fmt: skip
REFUSED = [
    (checks.rates, 0), (checks.rates, True), (checks.rates, {"head": 101}), (checks.factors, 0.1),
    (checks.factors, {"stem": 0}), (checks.factors, {"stem": 1001}), (checks.parts, "head"), (checks.parts, [1]),
    (checks.validation, 0.0), (checks.validation, 0.6), (checks.validation, "train"), (checks.shares, [0.5, 0.5]),
    (checks.shares, [0, 1.1]), (checks.shares, [0, True]), (checks.device, "gpu"), (checks.device, "cuda:"),
    (checks.device, 0),
]  # fmt: skip


def test_what_may_stand_there_comes_back_unchanged():
    assert [check(value) for check, value in TAKEN] == [value for _, value in TAKEN]


def test_what_may_not_stand_there_is_named():
    for check, value in REFUSED:
        with pytest.raises(ValueError, match=r"must be"):
            check(value)
