"""No attention: every slot stays empty."""

from torch import nn

from engine.options import PartOptions


class Options(PartOptions):
    pass


def build(options: Options, channels: int) -> nn.Module:
    """A module that passes its input on."""
    return nn.Identity()
