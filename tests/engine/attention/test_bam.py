"""BAM is the formula of its authors."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.attention import bam


def test_bam_is_the_formula_of_its_authors() -> None:
    block = bam.build(bam.Options(reduction=8), 32).eval()
    x = torch.randn(2, 32, 9, 9)

    def normed(norm: nn.Module, y: Tensor) -> Tensor:
        return F.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias).relu()

    channel, spatial = block.channel, block.spatial
    per_channel = F.linear(
        normed(channel.bn, F.linear(x.mean((2, 3)), channel.fc1.weight, channel.fc1.bias)),
        channel.fc2.weight, channel.fc2.bias,
    )  # fmt: skip
    y = normed(spatial.bn, F.conv2d(x, spatial.reduce.weight, spatial.reduce.bias))
    for around in (spatial.around1, spatial.around2):
        y = normed(around.bn, F.conv2d(y, around.conv.weight, around.conv.bias, padding=4, dilation=4))
    per_place = F.conv2d(y, spatial.join.weight, spatial.join.bias)
    gate = (per_channel[:, :, None, None] * per_place).sigmoid()
    torch.testing.assert_close(block(x), x + x * gate)
    block.combine = "sum"
    torch.testing.assert_close(block(x), x + x * (per_channel[:, :, None, None] + per_place).sigmoid())
