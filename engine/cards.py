"""Whether a card can be used."""

import torch


def insist_on(device: torch.device) -> None:
    """Raise ValueError that says what to do where a config names a card that PyTorch does not see."""
    count = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= count:
        raise ValueError(
            f"device: {device} cannot be used: PyTorch sees {count} graphics cards here. Set device to cpu or auto in "
            "a new run, or put the card or its driver right, then press Resume."
        )
