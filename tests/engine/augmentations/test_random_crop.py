"""Padding is torchvision's, and each crop is one window of the padded image."""

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from engine.augmentations import (
    random_crop,
)
from tests.engine.augmentations.applying import a_batch, apply


@pytest.mark.parametrize("mode", ["zero", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize("padding", [0, 1, 4, 9])
def test_borders_are_torchvisions(mode: str, padding: int) -> None:
    images = a_batch().images
    theirs = reference.pad(images, [padding], padding_mode="constant" if mode == "zero" else mode)
    assert torch.equal(random_crop.pad(images, padding, mode), theirs)


@pytest.mark.parametrize("mode", ["zero", "edge", "reflect", "symmetric"])
def test_each_crop_is_one_window_of_the_padded_image(mode: str) -> None:
    batch = a_batch(count=64)
    after = apply(random_crop, batch, padding=2, mode=mode).images
    padded = reference.pad(batch.images, [2], padding_mode="constant" if mode == "zero" else mode)
    found = [
        [(y, x) for y in range(5) for x in range(5) if torch.equal(image, source[:, y : y + 12, x : x + 10])]
        for image, source in zip(after, padded, strict=True)
    ]
    assert all(len(places) == 1 for places in found)
    shifts = {places[0] for places in found}
    assert {y for y, _ in shifts} == {x for _, x in shifts} == {0, 1, 2, 3, 4} and len(shifts) > 15


def test_padding_too_large_to_mirror_is_refused_with_what_fits() -> None:
    with pytest.raises(ValueError, match="padding 10 is too large to mirror images of 10x12; at most 9"):
        apply(random_crop, a_batch(), padding=10, mode="reflect")
    apply(random_crop, a_batch(), padding=9, mode="reflect")
    with pytest.raises(ValueError, match="padding 11 is too large to mirror images of 10x12; at most 10"):
        apply(random_crop, a_batch(), padding=11, mode="symmetric")
    apply(random_crop, a_batch(), padding=10, mode="symmetric")
