"""From any picture to what a network sees: upright, in the right number of channels, a centre square, resized."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine.datasets._conversion import converted

Box = tuple[int, int, int, int]


def prepare(image: Image.Image, image_size: int, channels: int) -> tuple[Tensor, Box]:
    """What the network sees of a picture, uint8 (channels, image_size, image_size), and where that was.

    The box (left, top, right, bottom) is the square that was kept, in pixels of the upright picture.
    EXIF orientation is obeyed; _conversion.py has the rule for pixels. Raises NoRule where it has none.
    """
    image = converted(image, channels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    pixels = np.array(image.resize((image_size, image_size), Image.Resampling.BILINEAR, box=box))
    return torch.from_numpy(pixels.reshape(image_size, image_size, channels)).permute(2, 0, 1).contiguous(), box
