"""Squeeze-and-excitation is the formula of its paper."""

import torch
import torch.nn.functional as F

from engine.attention import se


def test_se_is_the_formula_of_its_paper() -> None:
    block = se.build(se.Options(reduction=4), 32)
    x = torch.randn(2, 32, 5, 5)
    hidden = F.linear(x.mean((2, 3)), block.fc1.weight[:, :, 0, 0], block.fc1.bias).relu()
    expected = F.linear(hidden, block.fc2.weight[:, :, 0, 0], block.fc2.bias).sigmoid()
    torch.testing.assert_close(block.gates(x)["channel"], expected)
    assert sum(p.numel() for p in se.build(se.Options(), 64).parameters()) == 2 * 64 * 4 + 4 + 64
