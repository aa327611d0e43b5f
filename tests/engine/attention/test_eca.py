"""ECA is timm's."""

import pytest
import torch
from timm.layers import EcaModule

from engine.attention import eca


@pytest.mark.parametrize("channels", [16, 64, 512, 2048])
def test_eca_equals_timm(channels: int) -> None:
    block, reference = eca.build(eca.Options(), channels), EcaModule(channels)
    assert block.conv.kernel_size == reference.conv.kernel_size
    reference.conv.load_state_dict(block.conv.state_dict())
    x = torch.randn(2, channels, 4, 4)
    torch.testing.assert_close(block(x), reference(x))
