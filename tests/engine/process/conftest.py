"""A training in a process of its own."""

import pytest

from tests.training import LONG, new_run, rows, start, start_from_command, wait


@pytest.fixture
def running(tmp_path):
    """A long training in a process of its own, killed at the end."""
    yield from _train(tmp_path, start)


@pytest.fixture
def running_from_command(tmp_path):
    """The same by `python -m engine run`, whose exit code it has."""
    yield from _train(tmp_path, start_from_command)


def _train(place, start):
    folder = new_run(place / "runs", LONG)
    process = start(folder)
    try:
        wait(lambda: rows(folder) > 3, process)
        yield folder, process
    finally:
        process.kill()
        process.wait()
