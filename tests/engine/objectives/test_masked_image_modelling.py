"""Hidden squares of patches."""

import pytest
import torch

from engine.objectives._masked_image_modelling import hide, larger


@pytest.mark.parametrize(("ratio", "side", "count"), [(0.3, 2, 2), (0.3, 1, 5), (0.1, 4, 1), (0.5, 1, 8)])
def test_hidden_squares_are_as_many_in_every_image_and_whole(ratio, side, count):
    torch.manual_seed(0)
    hidden = hide(50, 4, side, ratio, torch.device("cpu"))
    assert (hidden.sum(1) == count * side * side).all()
    cells = hidden.view(50, 4 // side, side, 4 // side, side).float().mean((2, 4))
    assert ((cells == 0) | (cells == 1)).all()
    assert side == 4 or len(hidden.unique(dim=0)) > 1
    assert torch.equal(larger(hidden, 8)[:, 0, ::2, ::2].flatten(1), hidden)
