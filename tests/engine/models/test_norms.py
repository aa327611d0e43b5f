"""Every normalisation layer of torch and timm is one for Thaw, wherever norms are spared from decay or kept in 32 bits.

The layers are found by looking, so that a new timm that brings another one fails here.
"""

import copy
import importlib
import inspect
import pkgutil
import re
import sys

import open_clip  # noqa: F401
import pytest
import timm.layers
import torch
import torchvision  # noqa: F401
from torch import nn

from engine.config.stage import Stage
from engine.device.precision import keep_norms_from_overflow, to_pure_fp16
from engine.models._norms import NEWEST_RULE, OF_TIMM, is_norm
from engine.stages import freezing
from engine.stages.parameter_groups import spared_of_decay
from engine.training.ghost_batchnorm import Ghost, use_ghost_batches

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


LIBRARIES = ("timm.models", "torchvision.models", "open_clip")


def test_norms_that_networks_of_the_libraries_define_themselves_are_norms():
    """timm's metaformer, torchvision's ConvNeXt and open_clip have some of their own."""
    own = [
        kind
        for name, module in list(sys.modules.items())
        if name.startswith(LIBRARIES) and module
        for kind in layers_of(module).values()
        if sounds_like_a_norm(kind.__name__) and not re.search("Conv|Linear|Mlp|Block|Cell|Free|First", kind.__name__)
    ]
    assert {"LayerNorm2dNoBias", "LayerNorm2d", "LayerNormFp32"} <= {kind.__name__ for kind in own}
    assert [kind for kind in own if not is_norm(kind.__new__(kind))] == []


def made(kind):
    """A layer for eight channels; those that norm groups of them take the number of groups as well."""
    if kind is nn.GroupNorm:
        return kind(2, 8)
    if kind.__name__.startswith("EvoNorm2dS"):
        return kind(8, group_size=4)
    return kind(8, 2) if kind.__name__ in ("GroupNorm", "GroupNormAct") else kind(8)


OUTSIDE = "timm InplaceAbn"  # its code is in a package of its own
LAYERS = {name: kind for name, kind in NORMS.items() if "Lazy" not in name and name != OUTSIDE}
SHAPES = [(4, 8, 4, 4), (4, 4, 4, 8), (4, 8), (4, 8, 5), (4, 5, 8), (4, 8, 3, 3, 3)]


def answer_of(layer):
    """Large numbers of the first shape that the layer takes, and what it gives for them in 32 bits."""
    for shape in SHAPES:
        images = 300 * torch.randn(shape, generator=torch.Generator().manual_seed(0)).half()
        try:
            return images, copy.deepcopy(layer)(images.float())
        except (RuntimeError, ValueError, IndexError, AssertionError):
            continue
    raise AssertionError(f"{layer} takes none of {SHAPES}")


@pytest.mark.parametrize("training", [True, False])
def test_in_16_bits_they_give_what_they_give_in_32_though_squares_overflow(training):
    for name, kind in LAYERS.items():
        layer = made(kind).train(training)
        images, wanted = answer_of(layer)
        pure, mixed = (nn.Sequential(copy.deepcopy(layer)) for _ in range(2))
        to_pure_fp16(pure)
        keep_norms_from_overflow(mixed)
        with torch.autocast("cpu", torch.float16):
            found = {"fp16": mixed(images), "pure_fp16": pure(images)}
        for precision, answer in found.items():
            error = (answer.detach().float() - wanted.detach()).abs().max()
            assert error < 0.02 * wanted.detach().abs().max(), (name, precision)


def frozen(layer, frozen_batchnorm, rule=NEWEST_RULE):
    """A model whose stem, a norm, is frozen while its head trains."""
    model = nn.Sequential(layer, nn.Conv2d(8, 5, 4), nn.Flatten())
    model.parts = {"stem": ["0"], "head": ["1"]}
    stage = Stage(train=["head"], frozen_batchnorm=frozen_batchnorm)
    freezing.freeze(model, stage, rule)
    freezing.train_mode(model, stage, rule)
    return model


def test_statistics_in_frozen_parts_stand_still_and_scale_and_shift_train_where_they_may():
    of_maps = {name: made(kind) for name, kind in LAYERS.items() if answer_of(made(kind))[0].shape == SHAPES[0]}
    for name, layer in of_maps.items():
        before = {key: value.clone() for key, value in layer.state_dict().items()}
        frozen(layer, "frozen")(torch.randn(4, 8, 4, 4))
        assert all(torch.equal(value, before[key]) for key, value in layer.state_dict().items()), name
        assert not any(parameter.requires_grad for parameter in layer.parameters()), name
        model = frozen(layer, "affine_trains")
        assert all(parameter.requires_grad for parameter in model[0].parameters(recurse=False)), name


def test_a_training_that_an_older_rule_began_freezes_by_it():
    assert not any(p.requires_grad for p in frozen(nn.GroupNorm(2, 8), "affine_trains", rule=2)[0].parameters())
    assert all(p.requires_grad for p in frozen(nn.BatchNorm2d(8), "affine_trains", rule=2)[0].parameters())


def test_ghost_batches_are_for_every_layer_that_keeps_statistics_of_the_batch():
    for name, kind in LAYERS.items():
        layer = made(kind)
        use_ghost_batches(nn.Sequential(layer), 2)
        assert isinstance(layer, Ghost) == any("running_var" in key for key in layer.state_dict()), name


def test_their_weights_do_not_decay_and_stay_in_32_bits():
    for name, kind in LAYERS.items():
        layer = made(kind)
        model = nn.Sequential(nn.Conv2d(3, 8, 3), layer)
        assert spared_of_decay(model, "all_but_norm") == set(layer.parameters()), name
        to_pure_fp16(model)
        assert model[0].weight.dtype == torch.float16, name
        assert all(value.dtype != torch.float16 for value in [*layer.parameters(), *layer.buffers()]), name
