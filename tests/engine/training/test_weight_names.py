"""Weights are found under whatever training scripts wrap around them."""

import pytest
import torch

from engine.training.weight_names import open_containers, without_wrappers

OWN = ["stem.weight", "layer1.0.conv.weight", "head.weight"]
PLAIN = {name: torch.full((1,), float(number)) for number, name in enumerate(OWN)}


@pytest.mark.parametrize(
    ("around", "said"),
    [
        ("", []),
        ("module.", ["module"]),
        ("_orig_mod.", ["_orig_mod"]),
        ("model.", ["model"]),
        ("module._orig_mod.", ["module", "_orig_mod"]),
        ("_orig_mod.module.model.", ["_orig_mod", "module", "model"]),
        ("state_dict.", ["state_dict"]),
        ("ema.module.", ["ema", "module"]),
        ("ema_model.", ["ema_model"]),
        ("backbone.", ["backbone"]),
    ],
)
def test_what_is_around_every_name_is_taken_off_and_said(around, said):
    weights, wrappers = without_wrappers({f"{around}{name}": value for name, value in PLAIN.items()}, OWN)
    assert weights == PLAIN and wrappers == said


def test_single_layers_may_be_wrapped_and_strangers_keep_their_names():
    wrapped = {"layer1._orig_mod.0.conv.weight": PLAIN[OWN[1]], "module.stem.weight": PLAIN[OWN[0]]}
    others = {"head.weight": PLAIN[OWN[2]], "n_averaged": torch.ones(()), "module.extra": torch.ones(1)}
    weights, wrappers = without_wrappers(wrapped | others, OWN)
    assert weights == PLAIN | {"n_averaged": others["n_averaged"], "module.extra": others["module.extra"]}
    assert wrappers == ["_orig_mod", "module"]


def test_of_two_copies_of_a_network_one_is_taken_and_the_other_left_as_it_is():
    copies = {f"model.{name}": value for name, value in PLAIN.items()}
    averages = {f"ema_model.{name}": value + 10 for name, value in PLAIN.items()}
    weights, wrappers = without_wrappers(averages | copies, OWN)
    assert weights == PLAIN | averages and wrappers == ["model"]
    weights, wrappers = without_wrappers(averages | PLAIN, OWN)
    assert weights == PLAIN | averages and wrappers == []


def test_a_network_whose_own_names_look_like_wrappers_keeps_them():
    own = ["model.fc.weight", "module.weight"]
    weights = {name: torch.ones(1) for name in own}
    assert without_wrappers(weights, own) == (weights, [])


@pytest.mark.parametrize(
    ("content", "opened", "left"),
    [
        (PLAIN, [], []),
        ({"state_dict": PLAIN, "epoch": 3}, ["state_dict"], []),
        ({"model": {"state_dict": PLAIN}}, ["model", "state_dict"], []),
        ({"ema": PLAIN}, ["ema"], []),
        ({"model_ema": PLAIN | {}, "model": PLAIN, "optimizer": {"state": {}}}, ["model"], ["model_ema"]),
    ],
)
def test_the_keys_under_which_files_hold_weights_are_opened_and_said(content, opened, left):
    assert open_containers(content) == (PLAIN, opened, left)
