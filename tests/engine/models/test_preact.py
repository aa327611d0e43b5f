"""Preactivation blocks are their formula."""

import pytest
import torch
import torch.nn.functional as F

from tests.engine.models.formulas import build, conv, norm, preact, roughened

FLAGS = [
    (shared, remove, last, block)
    for shared in (True, False)
    for remove in (True, False)
    for last in (True, False)
    for block in ("basic", "bottleneck")
]


@pytest.mark.parametrize(("shared", "remove", "last", "block"), FLAGS)
@pytest.mark.parametrize("name", ["resnet_preact", "se_resnet_preact"])
@torch.no_grad()
def test_preactivation_blocks_are_their_formula(name: str, shared: bool, remove: bool, last: bool, block: str) -> None:
    depth = 14 if block == "basic" else 20
    model = build(
        name, depth=depth, block=block, shared_preactivation=[shared] * 3, remove_first_relu=remove, add_last_bn=last
    )
    roughened(model)
    x = torch.randn(2, *((64, 8, 8) if block == "bottleneck" else (16, 8, 8)))
    for number, one in enumerate(list(model.layer2)[:2]):
        first = number == 0
        y = preact(x, one, 2 if first else 1, shared and first, not remove, last)
        if name.startswith("se"):
            hidden = F.linear(y.mean((2, 3)), one.gate.fc1.weight.flatten(1), one.gate.fc1.bias).relu()
            y = y * F.linear(hidden, one.gate.fc2.weight.flatten(1), one.gate.fc2.bias).sigmoid()[:, :, None, None]
        added = norm(x, one.bn1).relu() if shared and first else x
        expected = y + (conv(added, one.shortcut, 2) if first else added)
        torch.testing.assert_close(one(x), expected, rtol=1e-4, atol=1e-4)
        x = expected
