"""A card that PyTorch does not see is a fault beside its field, and an error that says what to do."""

import pytest
import torch

from engine.device import device_checks


def test_only_devices_that_are_there_can_be_used(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert [device_checks.faults(wish) for wish in ("auto", "cpu", "cuda", "cuda:1")] == [[]] * 4
    (fault,) = device_checks.faults("cuda:2")
    assert (fault.field, fault.code, fault.values["known"]) == ("device", "no_device", "auto, cpu, cuda:0, cuda:1")
    device_checks.require(torch.device("cuda:1"))
    device_checks.require(torch.device("cpu"))
    with pytest.raises(ValueError, match="device: cuda:2 cannot be used: PyTorch sees 2 graphics cards"):
        device_checks.require(torch.device("cuda:2"))
