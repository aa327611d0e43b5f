"""Four corners meet, and their labels count by their areas."""

import pytest
import torch

from engine.augmentations import ricap
from engine.augmentations._batch import Batch
from tests.engine.augmentations.applying import apply
from tests.engine.augmentations.marked import COUNT, marked


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
