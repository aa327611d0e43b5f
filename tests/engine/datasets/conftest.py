"""A data set of torchvision in miniature, on a folder that stands in for the web."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from engine.datasets import _torchvision
from tests.engine.datasets.tiny_mnist import Tiny, idx


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for the web, with the four files of the tiny data set."""
    folder = tmp_path / "web site"
    folder.mkdir()
    resources = []
    for prefix, count in (("train", 20), ("t10k", 10)):
        images, labels = np.full((count, 28, 28), 9, np.uint8), np.arange(count, dtype=np.uint8) % 10
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            path = folder / f"{prefix}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(idx(array)))
            resources.append((path.name, _torchvision.hashlib.md5(path.read_bytes()).hexdigest()))
    monkeypatch.setattr(Tiny, "resources", resources)
    monkeypatch.setattr(Tiny, "mirrors", ["file:///nowhere/", folder.as_uri() + "/"])
    return folder
