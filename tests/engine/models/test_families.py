"""Families compute what independent implementations do: a library's, or else the paper's formula written out again."""

import pytest
import torch
import torchvision

from tests.engine.models.formulas import build, roughened

# --- equal to a library's


LIBRARY = [
    ("densenet", {"layout": "imagenet", "depth": 121, "growth_rate": 32}, "densenet121"),
    ("resnext", {"layout": "imagenet", "depth": 50, "cardinality": 32, "base_channels": 4}, "resnext50_32x4d"),
    ("vgg", {"layout": "imagenet", "depth": 16}, "vgg16_bn"),
    ("vgg", {"layout": "imagenet", "depth": 11, "batchnorm": False}, "vgg11"),
    ("resnet", {"layout": "imagenet", "depth": 34}, "resnet34"),
]


@pytest.mark.parametrize(("name", "options", "theirs"), LIBRARY)
@torch.no_grad()
def test_logits_equal_torchvision(name: str, options: dict, theirs: str) -> None:
    model, reference = build(name, **options), torchvision.models.get_model(theirs, weights=None, num_classes=10)
    own, others = model.state_dict(), roughened(reference).state_dict()
    assert [value.shape for value in own.values()] == [value.shape for value in others.values()]
    model.load_state_dict(dict(zip(own, others.values(), strict=True)))
    images = torch.randn(2, 3, 64, 64)
    expected = reference(images)
    torch.testing.assert_close(model.eval()(images), expected, rtol=1e-5, atol=1e-5 * expected.abs().max().item())
