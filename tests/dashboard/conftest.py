"""Fixtures of the dashboard."""

import sys
from pathlib import Path

import pytest

from dashboard.processes.worker import Worker

FAKE_WORKER = [sys.executable, str(Path(__file__).parent / "processes" / "fake_serve.py")]


@pytest.fixture
def worker(tmp_path):
    worker = Worker(FAKE_WORKER, tmp_path, grace=0.1)
    yield worker
    worker.close()
