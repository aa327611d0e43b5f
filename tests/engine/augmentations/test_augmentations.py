"""Augmentations repeat with their generator, change nothing at strength zero, and do to each image what they say."""

from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.v2 import functional as reference

from engine import catalog
from engine.augmentations import (
    color_jitter,
    cutmix,
    cutout,
    horizontal_flip,
    mixup,
    random_crop,
    random_erasing,
    random_resized_crop,
    rotation,
)
from engine.augmentations._batch import Batch, Context

CLASSES = 4
ZERO = [
    (random_crop, {"padding": 0}),
    (random_crop, {"padding": 0, "mode": "reflect"}),
    (horizontal_flip, {"probability": 0.0}),
    (color_jitter, {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}),
    (rotation, {"degrees": 0.0}),
    (cutout, {"size": 0}),
    (cutout, {"probability": 0.0}),
    (mixup, {"alpha": 0.0}),
    (mixup, {"alpha": 1e-6}),
    (cutmix, {"alpha": 0.0}),
    (random_erasing, {"probability": 0.0}),
    (random_erasing, {"smallest": 0.0, "largest": 0.0}),
    (random_resized_crop, {"smallest": 1.0}),
]


def a_batch(count: int = 16, channels: int = 3, height: int = 12, width: int = 10) -> Batch:
    generator = torch.Generator().manual_seed(7)
    images = torch.rand(count, channels, height, width, generator=generator)
    return Batch(images, F.one_hot(torch.arange(count) % CLASSES, CLASSES).float())


def context(count: int = 16, seed: int = 0) -> Context:
    return Context(torch.arange(count), epoch=1, view="train", generator=torch.Generator().manual_seed(seed))


def apply(part: ModuleType, batch: Batch, seed: int = 0, **options: object) -> Batch:
    return part.build(part.Options(**options))(batch, context(len(batch.images), seed))


@pytest.mark.parametrize(("part", "options"), ZERO)
def test_strength_zero_changes_nothing_bit_for_bit(part: ModuleType, options: dict) -> None:
    batch = a_batch()
    for seed in range(5):
        after = apply(part, batch, seed, **options)
        assert torch.equal(after.images, batch.images) and torch.equal(after.targets, batch.targets)


@pytest.mark.parametrize("name", catalog.names("augmentations"))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_augmentation_repeats_with_its_generator_and_leaves_its_input_alone(name: str, channels: int) -> None:
    part = catalog.load("augmentations", name)
    batch = a_batch(channels=channels, height=32, width=32)
    images, targets = batch.images.clone(), batch.targets.clone()
    torch.manual_seed(1)
    first = apply(part, batch)
    torch.manual_seed(2)
    second = apply(part, batch)
    assert torch.equal(first.images, second.images) and torch.equal(first.targets, second.targets)
    assert not torch.equal(first.images, apply(part, batch, seed=1).images)
    assert torch.equal(batch.images, images) and torch.equal(batch.targets, targets)


@pytest.mark.parametrize("name", catalog.names("augmentations"))
def test_every_augmentation_keeps_shape_range_and_label_sums(name: str) -> None:
    part = catalog.load("augmentations", name)
    batch = a_batch(height=32, width=32)
    for seed in range(3):
        after = apply(part, batch, seed)
        assert after.images.shape == batch.images.shape and after.images.dtype == batch.images.dtype
        assert after.images.min() >= 0 and after.images.max() <= 1 + 1e-6
        torch.testing.assert_close(after.targets.sum(1), torch.ones(16))


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


def test_each_image_is_flipped_whole_or_not_at_all() -> None:
    batch = a_batch(count=400, height=4, width=4)
    after = apply(horizontal_flip, batch).images
    flipped = (after == batch.images.flip(3)).flatten(1).all(1)
    kept = (after == batch.images).flatten(1).all(1)
    assert (flipped ^ kept).all()
    assert 140 < flipped.sum() < 260  # six standard deviations around one half
    assert torch.equal(apply(horizontal_flip, batch, probability=1.0).images, batch.images.flip(3))


@pytest.mark.parametrize("turn", [-0.5, -0.1, 0.0, 0.25, 0.5])
def test_hue_turns_as_torchvisions(turn: float) -> None:
    images = a_batch().images
    ours = color_jitter.turn_hue(images, torch.full((16,), turn))
    torch.testing.assert_close(ours, reference.adjust_hue(images, turn), rtol=0, atol=1e-5)


def test_hue_leaves_grey_pixels_grey() -> None:
    images = torch.rand(4, 1, 5, 5).expand(4, 3, 5, 5)
    assert torch.equal(color_jitter.turn_hue(images, torch.full((4,), 0.3)), images)


@pytest.mark.parametrize("factor", [0.0, 0.6, 1.0, 1.7])
def test_blends_equal_torchvisions(factor: float) -> None:
    images, each = a_batch().images, torch.full((16, 1, 1, 1), factor)
    grey = color_jitter.grey(images)
    saturated = color_jitter.blend(images, grey, each)
    contrasted = color_jitter.blend(images, grey.mean((2, 3), keepdim=True), each)
    torch.testing.assert_close(saturated, reference.adjust_saturation(images, factor), rtol=0, atol=1e-5)
    torch.testing.assert_close(contrasted, reference.adjust_contrast(images, factor), rtol=0, atol=1e-5)


def test_each_image_gets_a_brightness_of_its_own() -> None:
    batch = Batch(torch.full((64, 3, 2, 2), 0.5), torch.ones(64, 1))
    values = apply(color_jitter, batch, brightness=0.2, contrast=0.0, saturation=0.0, hue=0.0).images.flatten(1)
    assert (values == values[:, :1]).all()
    assert values.min() >= 0.4 and values.max() <= 0.6 and len(values[:, 0].unique()) > 60


@pytest.mark.parametrize("size", [(8, 8), (6, 10)])
@pytest.mark.parametrize(("degrees", "quarters"), [(90.0, 1), (-90.0, -1), (180.0, 2)])
def test_right_angles_turn_exactly(size: tuple[int, int], degrees: float, quarters: int) -> None:
    """On an image that is not square the centre square turns, and what comes from outside is black."""
    height, width = size
    side = min(size)
    top, left = (height - side) // 2, (width - side) // 2
    images = torch.zeros(2, 1, height, width)
    inner = torch.rand(2, 1, side, side)
    images[:, :, top : top + side, left : left + side] = inner
    turned = rotation.rotate(images, torch.full((2,), degrees), "bilinear")
    torch.testing.assert_close(
        turned[:, :, top : top + side, left : left + side], inner.rot90(quarters, (2, 3)), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_rotation_equals_torchvisions(interpolation: str) -> None:
    images = a_batch(count=1, height=32, width=24).images
    turned = rotation.rotate(images, torch.tensor([13.0]), interpolation)
    expected = reference.rotate(images, 13.0, reference.InterpolationMode(interpolation))
    # Torchvision fades the border of a bilinear rotation out in another way.
    inside = (slice(None), slice(None), slice(8, -8), slice(8, -8))
    torch.testing.assert_close(turned[inside], expected[inside], rtol=0, atol=1e-4)


@pytest.mark.parametrize("epoch", [1, 2, 5])
def test_alternating_flips_mirror_in_every_second_epoch_what_they_did_not_in_the_other(epoch: int) -> None:
    batch = a_batch(count=400, height=4, width=4)
    flip = horizontal_flip.build(horizontal_flip.Options(alternating=True))
    first, second = (
        flip(batch, Context(torch.arange(400) + 7, number, "train", torch.Generator().manual_seed(number))).images
        for number in (epoch, epoch + 1)
    )
    assert torch.equal(second, first.flip(3))
    flipped = (first == batch.images.flip(3)).flatten(1).all(1)
    assert 140 < flipped.sum() < 260 and ((first == batch.images).flatten(1).all(1) ^ flipped).all()
    pairs = flipped[:-1] == flipped[1:]
    assert 130 < pairs.sum() < 270  # neighbours in the data set, often of one class, are mirrored independently


def test_alternating_flips_begin_otherwise_under_another_seed() -> None:
    """Else all runs of a group of seeds would see the same half mirrored first."""
    indices = torch.arange(400)
    zero, one, large = (horizontal_flip.coin(indices, seed) for seed in (0, 1, 2**31 - 1))
    for first, second in ((zero, one), (zero, large), (one, large)):
        assert 140 < (first == second).sum() < 260
    batch = a_batch(count=400, height=4, width=4)
    flip = horizontal_flip.build(horizontal_flip.Options(alternating=True))
    seen = [flip(batch, Context(indices, 1, "train", torch.Generator(), seed=seed)).images for seed in (0, 1)]
    assert not torch.equal(*seen)


def test_alternating_flips_with_another_probability_are_refused() -> None:
    with pytest.raises(ValueError, match=r"probability 0\.3 does not fit alternating flips"):
        horizontal_flip.Options(alternating=True, probability=0.3)


def boxes(images: Tensor) -> set[tuple[int, int]]:
    """(first, end) of the hidden rows and columns of each image of ones; all-visible images give (0, 0)."""
    found = set()
    for image in images:
        hidden = image[0] == 0
        for line in (hidden.any(1), hidden.any(0)):
            places = line.nonzero().flatten()
            found.add((int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0))
        assert hidden.sum() == hidden.any(1).sum() * hidden.any(0).sum()  # one filled rectangle
    return found


@pytest.mark.parametrize(
    ("size", "inside", "expected"),
    [
        # Even: centres 0 ... 8, so the box reaches from (0, 2) to (6, 8). Odd: centres 0 ... 7.
        (4, False, {(max(0, c - 2), min(8, c + 2)) for c in range(9)}),
        (3, False, {(max(0, c - 1), min(8, c + 2)) for c in range(8)}),
        (4, True, {(c - 2, c + 2) for c in range(2, 7)}),
        (3, True, {(c - 1, c + 2) for c in range(1, 7)}),
        (8, True, {(0, 8)}),
    ],
)
def test_cutout_reaches_exactly_to_where_hysts_lets_it(size: int, inside: bool, expected: set) -> None:
    ones = Batch(torch.ones(2000, 1, 8, 8), torch.ones(2000, 1))
    assert boxes(apply(cutout, ones, size=size, inside=inside).images) == expected


def test_cutout_hides_the_share_of_images_it_is_told() -> None:
    ones = Batch(torch.ones(1000, 1, 8, 8), torch.ones(1000, 1))
    touched = (apply(cutout, ones, size=4, inside=True, probability=0.3).images == 0).flatten(1).any(1)
    assert 210 < touched.sum() < 390  # six standard deviations around 300


def test_cutout_hides_after_normalisation_so_that_zero_is_the_mean() -> None:
    assert cutout.AFTER_NORMALIZATION


def test_twin_views_differ_in_their_squares_and_in_nothing_else() -> None:
    """Mixing after cutout draws the same partners and share in both views."""
    ones = Batch(torch.ones(500, 1, 8, 8), torch.eye(500))
    views = []
    for view in ("train", "twin"):
        where = Context(torch.arange(500), 1, view, torch.Generator().manual_seed(3))
        hidden = cutout.build(cutout.Options(size=4))(ones, where)
        views.append((hidden, mixup.build(mixup.Options())(hidden, where)))
    (first, mixed_first), (twin, mixed_twin) = views
    assert torch.equal(mixed_first.targets, mixed_twin.targets)
    assert boxes(first.images) == boxes(twin.images)
    same = (first.images == twin.images).flatten(1).all(1)
    assert same.sum() < 500 * 2 / 81 * 3  # 81 centres, of which some hide the same corner


def test_cutout_larger_than_the_image_cannot_stay_inside() -> None:
    with pytest.raises(ValueError, match="size 11 does not fit inside images of 10 pixels; at most 10"):
        apply(cutout, a_batch(), size=11, inside=True)
