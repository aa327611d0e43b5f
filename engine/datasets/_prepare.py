"""From any picture to what a network sees: upright, in the right number of channels, a centre square, resized."""

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

Box = tuple[int, int, int, int]


def prepare(image: Image.Image, image_size: int, channels: int) -> tuple[Tensor, Box]:
    """What the network sees of a picture, uint8 (channels, image_size, image_size), and where that was.

    The box (left, top, right, bottom) is the square that was kept, in pixels of the upright picture.
    Transparent pixels are laid on white; EXIF orientation is obeyed.
    """
    image = to_channels(ImageOps.exif_transpose(image), channels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    pixels = np.array(image.resize((image_size, image_size), Image.Resampling.BILINEAR, box=box))
    return torch.from_numpy(pixels.reshape(image_size, image_size, channels)).permute(2, 0, 1).contiguous(), box


def to_channels(image: Image.Image, channels: int) -> Image.Image:
    """The picture in grey (1 channel) or RGB (3 channels)."""
    assert channels in (1, 3), channels
    if image.mode.startswith("I;16"):  # Pillow would clip 16-bit greys at 255, which leaves a white picture
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("L" if channels == 1 else "RGB")
