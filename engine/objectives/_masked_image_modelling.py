"""Masked image modelling: hide patches of an image and draw what they show. Xie et al. 2021 (SimMIM),
https://arxiv.org/abs/2111.09886
"""

import math

import torch
from torch import Tensor, nn


class Drawing(nn.Module):
    """Draws what patches show, out of their tokens, which `norm` has gone over. token: what stands for a hidden patch.

    Shapes: patch tokens (B, N, W), N = G * G, to pixels (B, 3, G * P, G * P).
    """

    at_input = ("token",)  # learns at the rate of the first part

    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.randn(width) * 0.02)
        self.norm = nn.LayerNorm(width)
        self.decoder = nn.Sequential(nn.Conv2d(width, patch * patch * 3, 1), nn.PixelShuffle(patch))

    def forward(self, patches: Tensor) -> Tensor:
        grid = math.isqrt(patches.shape[1])
        return self.decoder(patches.transpose(1, 2).unflatten(2, (grid, grid)))


def hide(images: int, grid: int, side: int, ratio: float, device: torch.device) -> Tensor:
    """Which patches of a grid are hidden: squares of `side` patches at random, as many in each image: bool (B, N)."""
    cells = grid // side
    count = math.ceil(ratio * cells * cells)
    chosen = torch.rand(images, cells * cells, device=device).argsort(1)[:, :count]
    hidden = torch.zeros(images, cells * cells, dtype=torch.bool, device=device).scatter_(1, chosen, True)
    return larger(hidden, grid).flatten(1)


def larger(squares: Tensor, side: int) -> Tensor:
    """A square grid of cells, (B, cells * cells), drawn with `side` pixels a side: (B, 1, side, side)."""
    cells = math.isqrt(squares.shape[1])
    grid = squares.unflatten(1, (1, cells, cells))
    return grid.repeat_interleave(side // cells, 2).repeat_interleave(side // cells, 3)
