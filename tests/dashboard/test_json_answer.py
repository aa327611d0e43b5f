"""Answers are valid JSON with short numbers."""

import numpy as np

from dashboard.json_answer import rounded


def test_short_numbers_are_the_numbers():
    values = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.linspace(-15, 15, 1000)
    assert [float(f"{value:.6g}") for value in values] == rounded(values).tolist()
    assert rounded(np.array([0.0, -1e300, 5e-324])).tolist() == [0.0, -1e300, 5e-324]
