"""Fashion-MNIST is read where Debian put it."""

from engine.datasets import fashion_mnist
from tests.engine.datasets.painted import NOWHERE, debian, silent


@debian
def test_fashion_mnist_is_read_where_debian_put_it() -> None:
    dataset = fashion_mnist.load(fashion_mnist.Options(), NOWHERE, silent)
    assert dataset.train.targets.bincount().tolist() == [6000] * 10
    assert dataset.test.targets.bincount().tolist() == [1000] * 10
