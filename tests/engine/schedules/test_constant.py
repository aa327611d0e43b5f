"""The constant schedule."""

from engine.schedules import constant


def test_constant_is_one() -> None:
    factor = constant.build(constant.Options())
    assert [factor(progress) for progress in (0.0, 0.3, 1.0)] == [1.0, 1.0, 1.0]
