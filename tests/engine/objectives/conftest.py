"""Fixtures of the objectives."""

import pytest
from torch import Tensor


@pytest.fixture
def in_double(monkeypatch):
    """Objectives compute in float32; here they keep the precision of what they get, so that 1e-9 can be asked for."""
    monkeypatch.setattr(Tensor, "float", lambda self: self)
