"""A training in a process of its own."""

import pytest

from tests.training import LONG, new_run, rows, start, wait


@pytest.fixture
def running(tmp_path):
    """A long training in a process of its own, killed at the end."""
    folder = new_run(tmp_path / "runs", LONG)
    process = start(folder)
    wait(lambda: rows(folder) > 3, process)
    yield folder, process
    process.kill()
    process.wait()
