"""What a worker has at hand: no data, and the folder of its runs."""

import pytest

from engine.worker.cache import Cache


@pytest.fixture
def worker_cache(tmp_path):
    return Cache(tmp_path / "no data here", tmp_path)
