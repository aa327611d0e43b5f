"""Whether a card can be used."""

import torch

from engine.messages.faults import Fault


def require(device: torch.device) -> None:
    """Raise ValueError that says what to do where a config names a card that PyTorch does not see."""
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        raise ValueError(
            f"device: {device} cannot be used: PyTorch sees {count} graphics cards here. Set device to cpu or auto in "
            "a new run, or put the card or its driver right, then press Resume."
        )


def faults(wish: str) -> list[Fault]:
    """The fault of a config's device that is not there, with those that are. Takes no memory of any card."""
    there = ["auto", "cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        there.append("mps")
    device = "cuda:0" if wish == "cuda" else wish
    return [] if device in there else [Fault("device", "no_device", {"device": wish, "known": ", ".join(there)})]
