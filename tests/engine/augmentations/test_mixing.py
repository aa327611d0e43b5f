"""Mixing images mixes their labels by the same shares, and the shares follow their distributions."""

from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.augmentations import cutmix, mixup, ricap
from engine.augmentations._batch import Batch, Context
from engine.augmentations._beta import beta

COUNT = 16


def marked(height: int = 9, width: int = 12) -> Batch:
    """Images that carry their own label in every pixel: the mean over the pixels is then the mixed label."""
    labels = torch.eye(COUNT)
    return Batch(labels[:, :, None, None].expand(COUNT, COUNT, height, width).clone(), labels)


def apply(part: ModuleType, batch: Batch, seed: int = 0, **options: object) -> Batch:
    context = Context(torch.arange(len(batch.images)), 1, "train", torch.Generator().manual_seed(seed))
    return part.build(part.Options(**options))(batch, context)


def sources(images: Tensor) -> Tensor:
    """Which marked image each pixel comes from: (B, H, W)."""
    assert ((images == 0) | (images == 1)).all() and (images.sum(1) == 1).all()
    return images.argmax(1)


def test_mixup_blends_images_and_labels_by_the_same_share() -> None:
    """Images that carry their own label in their pixels stay equal to the blended label."""
    batch = marked(2, 2)
    after = apply(mixup, batch)
    assert torch.equal(after.images, after.targets[:, :, None, None].expand(16, 16, 2, 2))
    assert (after.targets.argmax(1) == torch.arange(16)).all()  # the larger part stays


@pytest.mark.parametrize("alpha", [0.1, 1.0, 8.0])
def test_shares_follow_the_beta_distribution(alpha: float) -> None:
    generator = torch.Generator().manual_seed(0)
    ours = np.array([float(beta(alpha, generator)) for _ in range(4000)])
    theirs = np.random.default_rng(0).beta(alpha, alpha, 100_000)
    assert ours.min() >= 0 and ours.max() <= 1
    for quantile in (0.1, 0.25, 0.5, 0.75, 0.9):
        middle = 0.02 if alpha >= 1 else 0.08  # with a small alpha almost nothing lies near one half
        assert np.quantile(ours, quantile) == pytest.approx(np.quantile(theirs, quantile), abs=middle)


def test_mixup_keeps_the_larger_share() -> None:
    generator, same = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    for _ in range(200):
        share = float(beta(0.5, same))
        assert float(mixup.larger_share(0.5, generator)) == pytest.approx(max(share, 1 - share))


@pytest.mark.parametrize("seed", range(30))
def test_cutmix_pastes_one_box_and_its_label_share_is_the_pasted_area(seed: int) -> None:
    after = apply(cutmix, marked(), seed)
    pasted = sources(after.images) != torch.arange(COUNT)[:, None, None]
    moved = pasted.flatten(1).any(1)
    for image in pasted[moved]:
        assert torch.equal(image, image.any(1)[:, None] & image.any(0)[None])  # a filled rectangle
        assert torch.equal(image, pasted[moved][0])  # the same one in every image
    torch.testing.assert_close(after.targets, after.images.mean((2, 3)))


def test_uncorrected_cutmix_keeps_the_drawn_share_where_the_border_cuts_the_box() -> None:
    differs = 0
    for seed in range(30):
        corrected, drawn = apply(cutmix, marked(), seed), apply(cutmix, marked(), seed, corrected=False)
        assert torch.equal(corrected.images, drawn.images)
        share = float(beta(1.0, torch.Generator().manual_seed(seed)))
        kept = drawn.targets.diagonal()
        assert torch.allclose(kept[kept < 1], torch.tensor(share))
        area = 1 - corrected.targets.diagonal().min()
        assert area <= 1 - share + 0.12  # the border only takes away; the rest is rounding to pixels
        differs += bool((area - (1 - share)).abs() > 0.12)
    assert differs > 5


def test_pasted_boxes_have_the_drawn_size_and_lie_anywhere() -> None:
    """A box of a quarter of the area has half of each side, cut at the borders; each place is as likely."""
    images, kept = torch.zeros(1, 1, 100, 100), torch.tensor(0.75)
    generator = torch.Generator().manual_seed(0)
    spans = torch.stack([cutmix.span(images, 100, kept, generator) for _ in range(4000)])
    assert spans.sum(1).max() == 50 and spans.sum(1).min() in (24, 25, 26)
    assert spans[:, 50].float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert spans[:, 0].float().mean().item() == pytest.approx(0.25, abs=0.05)
    assert spans[:, 99].float().mean().item() == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize("seed", range(30))
def test_label_weights_of_ricap_are_the_areas_and_sum_to_one(seed: int) -> None:
    after = apply(ricap, marked(), seed)
    torch.testing.assert_close(after.targets, after.images.mean((2, 3)))
    torch.testing.assert_close(after.targets.sum(1), torch.ones(COUNT))
    areas = after.targets.sort(1, descending=True).values[:, :4]
    torch.testing.assert_close(areas.sum(1), torch.ones(COUNT))


def test_ricap_puts_four_corners_together_that_are_cut_from_one_place_for_the_whole_batch() -> None:
    """Each pixel carries image, row and column it came from."""
    height, width = 9, 12
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    images = torch.stack([torch.stack([torch.full_like(rows, n), rows, columns]) for n in range(COUNT)]).float()
    met = set()
    for seed in range(40):
        image, row, column = apply(ricap, Batch(images, torch.eye(COUNT)), seed).images.unbind(1)
        down, right = (row - torch.arange(height)[:, None]).long(), (column - torch.arange(width)).long()
        assert (down == down[:1]).all() and (right == right[:1]).all()
        corner = image[0] * 10_000 + down[0] * 100 + right[0]
        first_rows = 1 + int((corner[1:, 0] == corner[0, 0]).cumprod(0).sum())
        first_columns = 1 + int((corner[0, 1:] == corner[0, 0]).cumprod(0).sum())
        for part in (
            (slice(0, first_rows), slice(0, first_columns)), (slice(0, first_rows), slice(first_columns, None)),
            (slice(first_rows, None), slice(0, first_columns)), (slice(first_rows, None), slice(first_columns, None)),
        ):  # fmt: skip
            assert corner[part].unique().numel() <= 1
            places = image[(slice(None), *part)].flatten(1)
            assert (places == places[:, :1]).all()  # one source image for each corner
        met.add((first_rows, first_columns))
    assert len(met) > 15


def test_ricap_of_large_beta_meets_in_the_middle() -> None:
    after = apply(ricap, marked(8, 8), beta=100.0)
    assert after.targets.max() < 0.7 and (after.targets > 0).sum(1).float().mean() > 3
