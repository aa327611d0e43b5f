"""Dense blocks are their formula."""

import torch
import torch.nn.functional as F

from tests.engine.models.formulas import build, conv, norm, roughened


@torch.no_grad()
def test_basic_dense_blocks_and_transitions_are_their_formula() -> None:
    options = {"depth": 10, "block": "basic", "growth_rate": 4, "compression": 0.75, "first_channels": "paper"}
    model = roughened(build("densenet", **options))
    x = start = torch.randn(2, 16, 8, 8)
    for number in (0, 1):
        block = model.layer1[number].new
        x = torch.cat([x, conv(norm(x, block.bn2).relu(), block.conv2)], 1)
    torch.testing.assert_close(model.layer1(start), x, rtol=1e-4, atol=1e-4)
    transition = model.layer2[0]
    expected = F.avg_pool2d(conv(norm(x, transition.bn).relu(), transition.conv), 2)
    assert expected.shape == (2, 18, 4, 4)
    torch.testing.assert_close(transition(x), expected, rtol=1e-4, atol=1e-4)
