"""Coordinate attention is the formula of its paper."""

import torch
from torch import Tensor, nn

from engine.attention import coordinate


def test_coordinate_attention_is_the_formula_of_its_paper() -> None:
    block = coordinate.build(coordinate.Options(reduction=2), 32).eval()
    x = torch.randn(2, 32, 6, 4)

    def gate(means: Tensor, last: nn.Module) -> Tensor:  # (B, C, L)
        y = torch.einsum("hc,bcl->bhl", block.conv.weight[:, :, 0, 0], means) + block.conv.bias[:, None]
        y = y / (1 + block.bn.eps) ** 0.5
        y = y * (y + 3).clamp(0, 6) / 6
        return (torch.einsum("ch,bhl->bcl", last.weight[:, :, 0, 0], y) + last.bias[:, None]).sigmoid()

    gates = block.gates(x)
    torch.testing.assert_close(gates["height"], gate(x.mean(3), block.height))
    torch.testing.assert_close(gates["width"], gate(x.mean(2), block.width))
    product = gates["height"][..., None] * gates["width"][:, :, None]
    torch.testing.assert_close(gates["spatial"][:, 0], product.mean(1))
    torch.testing.assert_close(block(x), x * product)


def test_coordinate_attention_never_is_narrower_than_eight() -> None:
    assert coordinate.build(coordinate.Options(), 32).conv.out_channels == 8
    assert coordinate.build(coordinate.Options(), 512).conv.out_channels == 16
