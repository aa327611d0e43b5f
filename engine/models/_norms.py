"""Which layers normalise: those of torch, and those of timm, which are known by the file that defines them, so that
timm need not be imported."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase

OF_TORCH = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm)  # the first: Batch-, InstanceNorm
OF_TIMM = {
    f"timm.layers.{file}"
    for file in ("norm", "norm_act", "evo_norm", "filter_response_norm", "grn", "inplace_abn", "split_batchnorm")
}

BY_FIRST_RULE = (_BatchNorm, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
NEWEST_RULE = 2  # a training is saved with the number of its rule and goes on by it


def is_norm(layer: nn.Module, rule: int = NEWEST_RULE) -> bool:
    """Whether a layer normalises what passes; what only contains such a layer does not count."""
    if rule == 1:
        return isinstance(layer, BY_FIRST_RULE)
    return isinstance(layer, OF_TORCH) or any(kind.__module__ in OF_TIMM for kind in type(layer).__mro__)
