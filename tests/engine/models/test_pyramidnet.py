"""PyramidNet is its formula, and its widths grow evenly."""

import torch
import torch.nn.functional as F

from engine.models import pyramidnet
from tests.engine.models.formulas import build, preact, roughened


@torch.no_grad()
def test_pyramid_blocks_are_their_formula() -> None:
    for options in ({"depth": 14, "alpha": 10}, {"depth": 20, "block": "bottleneck", "alpha": 11}):
        model = roughened(build("pyramidnet", **options))
        block = model.layer2[0]
        x = torch.randn(2, block.bn1.num_features, 8, 8)
        y = preact(x, block, 2, False, False, True)
        added = F.avg_pool2d(x, 2)
        missing = y.shape[1] - x.shape[1]
        expected = y + torch.cat([added, torch.zeros(2, missing, 4, 4)], 1)
        torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-4)


def test_pyramid_widths_grow_by_the_same_amount() -> None:
    widths = [width for layer in pyramidnet.Options(depth=110, alpha=48).widths() for width in layer]
    assert len(widths) == 54 and widths[-1] == 16 + 48
    assert all(abs(width - (16 + 48 * (number + 1) / 54)) <= 0.5 for number, width in enumerate(widths))
    assert pyramidnet.Options(depth=11, block="bottleneck", alpha=3).widths() == [[4 * 17], [4 * 18], [4 * 19]]
