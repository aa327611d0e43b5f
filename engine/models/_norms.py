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
BEFORE_THIRD_RULE = (_BatchNorm, nn.LayerNorm)  # what kept still in frozen parts, or trained scale and shift there
NEWEST_RULE = 3  # a training is saved with the number of its rule and goes on by it

OF_ONE_KERNEL = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)  # torch's sum in 32 bits whatever they are given


def is_norm(layer: nn.Module, rule: int = NEWEST_RULE) -> bool:
    """Whether a layer normalises what passes; what only contains such a layer does not count."""
    if rule == 1:
        return isinstance(layer, BY_FIRST_RULE)
    return isinstance(layer, OF_TORCH) or any(kind.__module__ in OF_TIMM for kind in type(layer).__mro__)


def is_norm_when_frozen(layer: nn.Module, rule: int = NEWEST_RULE) -> bool:
    """Whether a layer is a norm for `frozen_batchnorm` of a stage."""
    return is_norm(layer) if rule >= 3 else isinstance(layer, BEFORE_THIRD_RULE)


def sees_the_batch(layer: nn.Module, rule: int = NEWEST_RULE) -> bool:
    """Whether a layer normalises by the images of a batch: BatchNorm, and others that keep such statistics."""
    if isinstance(layer, _BatchNorm):
        return True
    return rule >= 3 and is_norm(layer) and getattr(layer, "running_var", None) is not None


def overflows_in_16_bits(layer: nn.Module) -> bool:
    """Whether a norm squares what it is given in the format in which it comes: above 255 that is too large for fp16."""
    return is_norm(layer) and not isinstance(layer, OF_ONE_KERNEL)
