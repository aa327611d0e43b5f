"""Shares follow the Beta distribution."""

import numpy as np
import pytest
import torch

from engine.augmentations._beta import beta


@pytest.mark.parametrize("alpha", [0.1, 1.0, 8.0])
def test_shares_follow_the_beta_distribution(alpha: float) -> None:
    generator = torch.Generator().manual_seed(0)
    ours = np.array([float(beta(alpha, generator)) for _ in range(4000)])
    theirs = np.random.default_rng(0).beta(alpha, alpha, 100_000)
    assert ours.min() >= 0 and ours.max() <= 1
    for quantile in (0.1, 0.25, 0.5, 0.75, 0.9):
        middle = 0.02 if alpha >= 1 else 0.08  # with a small alpha almost nothing lies near one half
        assert np.quantile(ours, quantile) == pytest.approx(np.quantile(theirs, quantile), abs=middle)
