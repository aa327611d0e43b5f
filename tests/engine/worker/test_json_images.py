"""Pictures and maps come back out of JSON as they went in."""

import math

import numpy as np
import pytest
import torch

from engine.worker import json_images
from tests.made_runs import opened, unpacked


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_the_same_pixel_for_pixel(channels):
    pixels = torch.randint(256, (channels, 5, 7), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    shown = np.asarray(opened(json_images.png(json_images.picture(pixels))))
    assert np.array_equal(shown if channels == 1 else shown.transpose(2, 0, 1), pixels[0] if channels == 1 else pixels)


def test_a_map_has_its_numbers_and_its_figures():
    gate = torch.tensor([[0.25, 0.5], [0.75, 1.0]])
    grid = json_images.grid(gate)
    assert np.array_equal(unpacked(grid), gate.numpy())
    assert [grid[key] for key in ("shape", "min", "max", "mean", "word")] == [[2, 2], 0.25, 1.0, 0.625, "varies"]


def test_a_map_without_numbers_says_so():
    grid = json_images.grid(torch.tensor([[math.nan, 1.0]]))
    assert (grid["data"], grid["mean"], grid["word"]) == (None, None, "non_finite")
