"""One box is pasted, and its label counts by its area or by the share that was drawn."""

import pytest
import torch

from engine.augmentations import cutmix
from engine.augmentations._beta import beta
from tests.engine.augmentations.applying import apply
from tests.engine.augmentations.marked import COUNT, marked, sources


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
