"""A training takes the threads that it was given, or leaves a core free."""

import pytest
import torch

from engine import hardware
from engine.device import threads


@pytest.fixture(autouse=True)
def restored(monkeypatch):
    before = torch.get_num_threads()
    for variable in threads.THREAD_VARIABLES:
        monkeypatch.setenv(variable, "1")
    yield
    torch.set_num_threads(before)


def test_the_wish_counts_and_zero_leaves_a_core_free(monkeypatch):
    polite = []
    monkeypatch.setattr(hardware, "be_polite", polite.append)
    assert threads.fix_threads(3, "cuda:0") == torch.get_num_threads() == 3 and not polite
    monkeypatch.setattr(threads, "_usable_cores", lambda: 8)
    assert threads.fix_threads(0, "cpu") == torch.get_num_threads() == 7 and polite == [threads.POLITE]
    monkeypatch.setattr(threads, "_usable_cores", lambda: 1)
    assert threads.fix_threads(0, "cpu") == 1
