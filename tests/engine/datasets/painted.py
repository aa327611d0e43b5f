"""A picture of three colours, and a listener that keeps nothing."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from engine.datasets import fashion_mnist

NOWHERE = Path("no such folder")
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def silent(line: str) -> None:
    """A listener that keeps nothing."""


def quadrants(mode: str = "RGB", width: int = 40, height: int = 40) -> Image.Image:
    """A picture whose top left quarter is red, top right green, and lower half blue."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    return image.convert(mode)


def corners(pixels: torch.Tensor) -> list[tuple[int, ...]]:
    """The colours of the four corners: top left, top right, bottom left, bottom right."""
    return [tuple(pixels[:, y, x].tolist()) for y in (0, -1) for x in (0, -1)]


debian = pytest.mark.skipif(
    not Path(fashion_mnist.DEBIAN_FOLDER).is_dir(), reason="dataset-fashion-mnist is not installed"
)
