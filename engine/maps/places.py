"""Where in the image the numbers of a layer belong, whatever its layout: maps, channels first or last, or tokens."""

import math
from typing import Any

from torch import Tensor

USUAL_PREFIXES = (0, 1, 2)  # tokens before those of the patches: none, a class token, another one of distillation


def with_places(output: Any, prefix: int | None = None) -> Tensor | None:
    """Of what a layer gave the first tensor that has places; others are class tokens, sizes or side branches."""
    given = output if isinstance(output, tuple | list) else [output]
    return next((each for each in given if isinstance(each, Tensor) and on_grid(each, prefix) is not None), None)


def on_grid(output: Tensor, prefix: int | None = None) -> Tensor | None:
    """The output of a layer for one square image as (C, h, w); None where it has no places.

    Maps are square, as the image is; that tells channels first from channels last. prefix: tokens before those of the
    patches, where the model tells.
    """
    match tuple(output.shape):
        case (1, _, height, width) if height == width:
            return output[0]
        case (1, height, width, _) if height == width:
            return output[0].permute(2, 0, 1)
        case (1, count, _):
            side, before = grid_of_tokens(count, prefix)
            return output[0, before:].T.unflatten(1, (side, side)) if side > 1 else None
    return None


def grid_of_tokens(count: int, prefix: int | None) -> tuple[int, int]:
    """The side of the square that the patches make, 0 if they make none, and how many tokens stand before them."""
    for before in (*([] if prefix is None else [prefix]), *USUAL_PREFIXES):
        side = math.isqrt(max(0, count - before))
        if side**2 == count - before:
            return side, before
    return 0, 0
