"""Every picture is shown upright, centred and whole."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.datasets._prepare import prepare
from tests.engine.datasets.painted import BLUE, GREEN, RED, corners, quadrants


def test_a_picture_is_cut_to_its_centre_and_the_box_says_where() -> None:
    for width, height, box in ((40, 40, (0, 0, 40, 40)), (60, 40, (10, 0, 50, 40)), (41, 60, (0, 9, 41, 50))):
        pixels, kept = prepare(quadrants(width=width, height=height), 8, 3)
        assert kept == box and pixels.shape == (3, 8, 8) and pixels.dtype == torch.uint8
        assert corners(pixels) == [RED, GREEN, BLUE, BLUE]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_upright_whatever_its_orientation(orientation: int, tmp_path: Path) -> None:
    """The stored picture is the upright one turned or mirrored back; the box counts in upright pixels."""
    back = {
        1: [], 2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM], 5: [Image.Transpose.TRANSPOSE], 6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE], 8: [Image.Transpose.ROTATE_270],
    }  # fmt: skip
    stored = quadrants(width=60, height=40)
    for step in back[orientation]:
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    with Image.open(tmp_path / "photo.png") as image:
        pixels, box = prepare(image, 8, 3)
    assert corners(pixels) == [RED, GREEN, BLUE, BLUE] and box == (10, 0, 50, 40)


def test_grey_pictures_become_rgb_and_colours_become_grey() -> None:
    grey = Image.new("L", (10, 10), 77)
    assert prepare(grey, 4, 3)[0].unique().tolist() == [77] and prepare(grey, 4, 3)[0].shape == (3, 4, 4)
    assert prepare(Image.new("RGB", (10, 10), (90, 90, 90)), 4, 1)[0].tolist() == [[[90] * 4] * 4]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_lie_on_white(mode: str) -> None:
    if mode == "P":
        image = Image.new("P", (4, 4), 0)
        image.putpalette([0, 0, 0] * 256)
        image.info["transparency"] = 0
    else:
        image = Image.new(mode, (4, 4), 0)
    assert prepare(image, 4, 3)[0].unique().tolist() == [255]
    assert prepare(image, 4, 1)[0].unique().tolist() == [255]


def test_sixteen_bit_greys_keep_their_shades() -> None:
    image = Image.fromarray(np.array([[0, 0x4000], [0x8000, 0xFFFF]], dtype=np.uint16))
    assert prepare(image, 2, 1)[0].flatten().tolist() == [0, 0x40, 0x80, 0xFF]
