"""Fixtures of all tests."""

import os
import sys
from collections.abc import Iterator

import pytest

# Read by torch when it is imported, here and in every process that a test starts. The nets of the tests are small, and
# pytest runs on all cores: more threads would spend several times the work waiting for each other.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

REACHING_OUT = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork",
                "os.forkpty", "pty.spawn", "socket.connect", "socket.sendto", "webbrowser.open")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is marked as slow may take an hour."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(3600))


class Guard:
    """Hears of every program that Python starts and of every connection; an audit hook cannot be taken back."""

    def __init__(self) -> None:
        self.armed = False
        self.tried: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple) -> None:
        if self.armed and event in REACHING_OUT:
            self.tried.append(f"{event}{arguments}")
            raise PermissionError(f"{event} in a test that must not reach out")


@pytest.fixture(scope="session")
def guard() -> Guard:
    return Guard()


@pytest.fixture
def nothing_runs(guard: Guard) -> Iterator[list[str]]:
    """No program is started and no connection opened while the test runs, or it fails; what was tried."""
    guard.tried = []
    guard.armed = True
    try:
        yield guard.tried
    finally:
        guard.armed = False
    assert not guard.tried
