"""Constant: the learning rate does not change."""

from collections.abc import Callable

from engine.options import PartOptions


class Options(PartOptions):
    pass


def build(options: Options) -> Callable[[float], float]:
    """The factor 1 at every progress."""
    return lambda progress: 1.0
