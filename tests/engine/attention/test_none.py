"""No attention."""

import torch

from engine.attention import none


def test_none_passes_its_input_on() -> None:
    x = torch.randn(2, 3, 4, 4)
    assert none.build(none.Options(), 3)(x) is x
