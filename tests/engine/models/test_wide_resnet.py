"""A wide ResNet is its formula."""

import pytest
import torch

from tests.engine.models.formulas import build, conv, norm, preact, roughened


@torch.no_grad()
def test_a_whole_wide_resnet_is_its_formula() -> None:
    model = roughened(build("wide_resnet", depth=10, widening_factor=2))
    images = torch.randn(2, 3, 16, 16)
    x = conv(images, model.stem.conv)
    for layer, stride in ((model.layer1, 1), (model.layer2, 2), (model.layer3, 2)):
        block = layer[0]
        x = preact(x, block, stride, True, True, False) + conv(norm(x, block.bn1).relu(), block.shortcut, stride)
    expected = model.head.fc(norm(x, model.head.bn).relu().mean((2, 3)))
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_dropout_of_a_wide_resnet_stands_between_its_convolutions() -> None:
    block = build("wide_resnet", depth=10, widening_factor=1, dropout=0.5).layer1[0].train()
    seen = {}
    block.conv1.register_forward_hook(lambda module, inputs, output: seen.update(before=output))
    block.bn2.register_forward_hook(lambda module, inputs, output: seen.update(after=inputs[0]))
    block(torch.randn(8, 16, 8, 8))
    assert (seen["before"] != 0).all()
    assert (seen["after"] == 0).float().mean().item() == pytest.approx(0.5, abs=0.03)
