"""What a worker has at hand: no data, and the folder of its runs."""

import pytest

from engine.worker.cache import Shelf


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "no data here", tmp_path)
