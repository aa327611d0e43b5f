"""A client of all routes, and the folder of its runs."""

import pytest

from tests.dashboard.asking import client_of


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "saved runs 实验"


@pytest.fixture
def client(runs, tmp_path):
    return client_of(runs, tmp_path)


@pytest.fixture
def client_with_worker(runs, worker):
    return client_of(runs, runs, worker=worker)
