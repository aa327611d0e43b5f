"""Checks of settings that are more than a number or a word; each returns the value or raises ValueError."""

import re
from typing import Any

DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def rates(value: Any) -> Any:
    """One positive rate, or one for each part named."""
    rates = value.values() if isinstance(value, dict) else [value]
    for rate in rates:
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 100:
            raise ValueError(f"a learning rate must be a number above 0 and at most 100, not {rate!r}")
    return value


def factors(value: Any) -> Any:
    """What rates of parts are multiplied by, by part."""
    if not isinstance(value, dict):
        raise ValueError(f"must be a factor for each part named, such as stem: 0.1, layer1: 0.3, not {value!r}")
    for factor in value.values():
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= 1000:
            raise ValueError(f"a factor must be a number above 0 and at most 1000, not {factor!r}")
    return value


def parts(value: Any) -> Any:
    if value == "all" or (isinstance(value, list) and all(isinstance(part, str) for part in value)):
        return value
    raise ValueError(f"must be all, or a list of the model's parts such as [head, attention], not {value!r}")


def device(value: Any) -> Any:
    if isinstance(value, str) and DEVICE.fullmatch(value):
        return value
    raise ValueError(f"must be auto, cpu, mps, cuda or one GPU such as cuda:0, not {value!r}")


def validation(value: Any) -> Any:
    if value == "test" or (isinstance(value, float) and 0 < value <= 0.5):
        return value
    raise ValueError(
        f"must be test, or the fraction of the training set to hold out (above 0, at most 0.5), not {value!r}"
    )


def shares(value: Any) -> Any:
    numbers = isinstance(value, list) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    if numbers and len(value) == 2 and 0 <= value[0] < value[1] <= 1:
        return value
    raise ValueError(f"must be two shares of the training images, from and to, such as [0, 0.5], not {value!r}")
