"""A VGG is its formula and as deep as its name says."""

import torch
import torch.nn.functional as F
from torch import nn

from engine.models import vgg
from tests.engine.models.formulas import build, conv, norm, roughened


@torch.no_grad()
def test_a_whole_small_vgg_is_its_formula() -> None:
    model = roughened(build("vgg", depth=11, initial_channels=4, side=28))
    x = images = torch.randn(2, 3, 28, 28)
    for name in ("layer1", "layer2", "layer3", "layer4", "layer5"):
        for module in getattr(model, name):
            if isinstance(module, nn.Conv2d):
                x = conv(x, module) + module.bias[:, None, None]
            elif isinstance(module, nn.BatchNorm2d):
                x = norm(x, module).relu()
        x = F.max_pool2d(x, 2, ceil_mode=True)
    assert x.shape == (2, 32, 1, 1)
    expected = F.linear(x.flatten(1), model.head.fc.weight, model.head.fc.bias)
    torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_a_vgg_has_as_many_convolutions_as_its_name_says() -> None:
    for depth in (11, 13, 16, 19):
        model = vgg.build(vgg.Options(depth=depth, initial_channels=1, layout="imagenet", hidden_width=1), 3, 10, 32)
        assert sum(isinstance(module, nn.Conv2d | nn.Linear) for module in model.modules()) == depth
