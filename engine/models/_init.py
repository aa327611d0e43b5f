"""Starting weights of convolutions and linear layers."""

from typing import Literal

from torch import nn

Mode = Literal["fan_out", "fan_in", "torch"]


def initialise(model: nn.Module, mode: Mode) -> None:
    """Draw convolution and linear weights anew (He et al. 2015), zero linear biases; `torch` leaves all as they are."""
    if mode == "torch":
        return
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, mode=mode, nonlinearity="relu")
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
