"""MNIST names its classes."""

from pathlib import Path

import pytest

from engine.datasets import mnist
from tests.engine.datasets.painted import silent
from tests.engine.datasets.tiny_mnist import Tiny


def test_mnist_names_its_classes_by_their_digit(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist.datasets, "MNIST", Tiny)
    assert mnist.load(mnist.Options(), tmp_path, silent).classes == list("0123456789")
