"""A network in double precision, and its pictures."""

import math

import torch
from torch import Tensor, nn

from engine.models._clip_text import ZeroShotHead
from engine.training.augmented_views import View

CLASSES, WIDTH, IMAGES = 4, 6, 20


class Toy(nn.Module):
    """Features of length one from six numbers a picture, in double precision."""

    def __init__(self, scale: float = 10.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.tower = nn.Linear(WIDTH, WIDTH).double()
        self.head = ZeroShotHead(WIDTH, CLASSES, scale).double()
        self.names = ["coat", "bag", "dress", "shirt"]

    def features(self, images: Tensor) -> Tensor:
        return nn.functional.normalize(self.tower(images.flatten(1)), dim=1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


def pictures(count: int, seed: int) -> Tensor:
    return torch.randn(count, 1, 2, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def view(images: Tensor, indices: Tensor) -> View:
    garbage = torch.full((len(images), CLASSES), float("nan"))
    return View(images, garbage, indices)


def soft(scores: list[float]) -> list[float]:
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


BATCH = torch.tensor([3, 7, 11, 2, 19])
