"""The numbers of a layer come to lie where they belong in the image, whatever the layout."""

import pytest
import torch

from engine.maps.places import on_grid, with_places

CHANNELS, SIDE = 5, 3
MAPS = torch.arange(CHANNELS * SIDE * SIDE, dtype=torch.float).view(CHANNELS, SIDE, SIDE)
TOKENS = MAPS.flatten(1).T  # row by row, as every library lays out its patches


def behind(count):
    """The tokens of the patches behind others."""
    return torch.cat([torch.full((count, CHANNELS), -1.0), TOKENS])[None]


@pytest.mark.parametrize(
    ("output", "prefix"),
    [
        (MAPS[None], None),
        (MAPS.permute(1, 2, 0)[None], None),
        (TOKENS[None], None),
        (TOKENS[None], 0),
        (behind(1), None),
        (behind(2), None),
        (behind(1), 1),
        (behind(5), 5),  # a class token and four registers
        (TOKENS[None], 1),  # a layer before the class token comes in
    ],
    ids=["channels first", "channels last", "tokens", "tokens without prefix", "class token", "and one of distillation",
         "class token that is told", "registers", "before the class token"],
)  # fmt: skip
def test_every_layout_gives_the_same_maps(output, prefix):
    assert torch.equal(on_grid(output, prefix), MAPS)


@pytest.mark.parametrize("shape", [(1, 5), (1, 1, 5), (1, 2, 5), (1, 8, 5), (1, 4, 2, 3), (2, 5, 3, 3), (1,), ()])
def test_what_has_no_places_gives_none(shape):
    """Vectors, a class token alone, tokens that make no square, maps that are not square, several images."""
    assert on_grid(torch.zeros(shape)) is None


def test_of_several_outputs_the_first_with_places_is_taken():
    maps, tokens, vector, other = MAPS[None], TOKENS[None], torch.zeros(1, 5), torch.zeros(9, 4, 5)
    assert with_places(maps) is with_places((vector, maps, tokens)) is with_places([maps, (3, 3)]) is maps
    assert with_places((other, behind(5)), prefix=5) is not None
    assert with_places(()) is with_places(None) is with_places((vector, 3)) is None
