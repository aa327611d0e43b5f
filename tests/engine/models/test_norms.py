"""Every normalisation layer of torch and timm is one for Thaw, wherever norms are spared from decay or kept in 32 bits.

The layers are found by looking, so that a new timm that brings another one fails here.
"""

import importlib
import inspect
import pkgutil

import timm.layers
import torch
from torch import nn

from engine.device.precision import to_pure_fp16
from engine.models._norms import OF_TIMM, is_norm
from engine.stages.parameter_groups import spared_of_decay

CONTAIN_ONE = {  # of timm: their name says that there is a norm inside
    "ClNormMlpClassifierHead", "ConvNormAct", "ConvNormActAa", "GlobalResponseNormMlp", "NormMlpClassifierHead",
    "SeparableConvNormAct",
}  # fmt: skip
FILES = {
    name: importlib.import_module(f"timm.layers.{name}") for _, name, _ in pkgutil.iter_modules(timm.layers.__path__)
}


def layers_of(module):
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    }


def sounds_like_a_norm(name):
    return "norm" in name.lower() or name == "InplaceAbn"


OF_TORCH = {name: kind for name, kind in vars(nn).items() if inspect.isclass(kind) and sounds_like_a_norm(name)}
TIMMS = {name: kind for file in FILES.values() for name, kind in layers_of(file).items()}
NORMS = OF_TORCH | {f"timm {name}": kind for name, kind in TIMMS.items() if sounds_like_a_norm(name)}
NORMS = {name: kind for name, kind in NORMS.items() if name.removeprefix("timm ") not in CONTAIN_ONE}


def test_the_layers_are_found():
    assert len(OF_TORCH) >= 16 and len(NORMS) - len(OF_TORCH) >= 38
    assert {"RMSNorm", "timm RmsNorm", "timm SimpleNorm2d", "timm EvoNorm2dS0", "timm BatchNormAct2d"} <= set(NORMS)


def test_every_norm_of_torch_and_timm_is_one():
    assert [name for name, kind in NORMS.items() if not is_norm(kind.__new__(kind))] == []


def test_nothing_else_of_timm_and_torch_is_one():
    others = [kind for name, kind in TIMMS.items() if f"timm {name}" not in NORMS]
    others += [kind for name, kind in vars(nn).items() if inspect.isclass(kind) and issubclass(kind, nn.Module)
               and name not in NORMS]  # fmt: skip
    assert len(others) > 200
    assert [kind for kind in others if is_norm(kind.__new__(kind))] == []


def test_the_files_of_timm_that_hold_norms_are_there():
    assert {file.__name__ for file in FILES.values()} >= OF_TIMM


def made(kind):
    """A layer for eight channels; those that norm groups of them take the number of groups as well."""
    if kind is nn.GroupNorm:
        return kind(2, 8)
    return kind(8, 2) if kind.__name__ in ("GroupNorm", "GroupNormAct") else kind(8)


def test_their_weights_do_not_decay_and_stay_in_32_bits():
    outside = "timm InplaceAbn"  # its code is in a package of its own
    layers = {name: made(kind) for name, kind in NORMS.items() if "Lazy" not in name and name != outside}
    for name, layer in layers.items():
        model = nn.Sequential(nn.Conv2d(3, 8, 3), layer)
        assert spared_of_decay(model, "all_but_norm") == set(layer.parameters()), name
        to_pure_fp16(model)
        assert model[0].weight.dtype == torch.float16, name
        assert all(value.dtype != torch.float16 for value in [*layer.parameters(), *layer.buffers()]), name
