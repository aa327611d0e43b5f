"""Shortcuts without weights."""

import pytest
import torch

from engine.models._network import Place
from engine.models._residual import PaddedShortcut


@pytest.mark.parametrize("side", [7, 8])
def test_padded_shortcuts_take_every_second_place_or_the_mean_of_squares(side: int) -> None:
    x = torch.randn(2, 3, side, side)
    place = Place(inputs=3, outputs=5, stride=2, layer=1, number=0)
    skip, mean = PaddedShortcut(place)(x), PaddedShortcut(place, reduce="mean")(x)
    assert torch.equal(skip[:, :3], x[:, :, ::2, ::2]) and not skip[:, 3:].any() and skip.shape[1] == 5
    torch.testing.assert_close(mean[:, :3, 1, 2], x[:, :, 2:4, 4:6].mean((2, 3)))
    assert mean.shape == skip.shape and not mean[:, 3:].any()
