"""The small set of clothing is what its readme says."""

import numpy as np
import torch

from engine.datasets import clothing, fashion_mnist
from tests.engine.datasets.painted import NOWHERE, debian, silent


@debian
def test_clothing_is_the_seeded_choice_from_fashion_mnist_that_its_readme_tells() -> None:
    everything = fashion_mnist.load(fashion_mnist.Options(), NOWHERE, silent)
    few = clothing.load(clothing.Options(), NOWHERE, silent)
    assert few.classes == everything.classes
    random = np.random.default_rng(2017)
    for own, source, count in ((few.train, everything.train, 500), (few.test, everything.test, 100)):
        labels = source.targets.numpy()
        chosen = [np.sort(random.choice(np.flatnonzero(labels == k), count, replace=False)) for k in range(10)]
        indices = torch.from_numpy(np.concatenate(chosen))
        assert torch.equal(own.targets, source.targets[indices])
        assert torch.equal(own.images(torch.arange(len(own))), source.images(indices))
