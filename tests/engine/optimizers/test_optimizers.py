"""The optimizers take the steps of torch's own, group by group, and can skip a step on the device."""

from copy import deepcopy
from types import ModuleType

import pytest
import torch
from timm.optim import Lamb, Lars, Lion

from engine import catalog
from engine.optimizers import adam, adamw, lars, sgd, timm
from tests.engine.optimizers.stepping import groups, network, train

CASES = [
    (sgd, {}, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    (sgd, {"momentum": 0.0, "nesterov": False}, torch.optim.SGD, {}),
    (sgd, {"momentum": 0.5, "nesterov": False}, torch.optim.SGD, {"momentum": 0.5}),
    (adam, {}, torch.optim.Adam, {}),
    (adam, {"amsgrad": True, "betas": [0.8, 0.9], "eps": 1e-4}, torch.optim.Adam,
     {"amsgrad": True, "betas": (0.8, 0.9), "eps": 1e-4}),
    (adamw, {}, torch.optim.AdamW, {}),
    (adamw, {"amsgrad": True, "betas": [0.5, 0.99]}, torch.optim.AdamW, {"amsgrad": True, "betas": (0.5, 0.99)}),
    (lars, {"rule": "timm"}, Lars, {"momentum": 0.9}),
    (lars, {"rule": "timm", "trust_coefficient": 1.0, "adapt_all": True, "momentum": 0.5}, Lars,
     {"momentum": 0.5, "trust_coeff": 1.0, "always_adapt": True}),
    (timm, {}, Lamb, {}),
    (timm, {"algorithm": "lion", "betas": [0.8, 0.9]}, Lion, {"betas": (0.8, 0.9)}),
    (timm, {"algorithm": "sgd", "momentum": 0.5}, torch.optim.SGD, {"momentum": 0.5, "nesterov": True}),
    (timm, {"algorithm": "adamw", "eps": 1e-3}, torch.optim.AdamW, {"eps": 1e-3}),
]  # fmt: skip
PARTS = [catalog.load("optimizers", name) for name in catalog.names("optimizers")]


@pytest.mark.parametrize(("part", "options", "reference", "arguments"), CASES)
def test_twenty_steps_equal_the_librarys_own(part: ModuleType, options: dict, reference: type, arguments: dict) -> None:
    net, same = network(), network()
    before = [parameter.clone() for parameter in net.parameters()]
    ours = train(net, part.build(part.Options(**options), groups(net)))
    theirs = train(same, reference(groups(same), lr=1.0, **arguments))
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    assert not any(torch.equal(new, old) for new, old in zip(ours, before, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_groups_keep_their_own_rate_and_name(part: ModuleType) -> None:
    optimizer = part.build(part.Options(), groups(network()))
    assert [(group["part"], group["lr"], group["weight_decay"]) for group in optimizer.param_groups] == [
        ("stem", 0.05, 0.01),
        ("head", 0.2, 0.0),
    ]


@pytest.mark.parametrize("part", PARTS)
def test_a_group_that_brings_no_rate_gets_that_of_the_options(part: ModuleType) -> None:
    optimizer = part.build(part.Options(learning_rate=0.3, weight_decay=0.2), [{"params": network().parameters()}])
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["weight_decay"]) == (0.3, 0.2)


@pytest.mark.parametrize("part", [sgd, adam, adamw])
def test_found_inf_skips_the_step(part: ModuleType) -> None:
    net = network()
    optimizer = part.build(part.Options(), groups(net))
    train(net, optimizer, steps=2)
    before = [parameter.clone() for parameter in net.parameters()]
    optimizer.grad_scale = None
    optimizer.found_inf = torch.tensor(1.0)
    optimizer.step()
    assert all(torch.equal(new, old) for new, old in zip(net.parameters(), before, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_a_saved_optimizer_goes_on_bit_for_bit(part: ModuleType) -> None:
    net, copy = network(), network()
    optimizer = part.build(part.Options(), groups(net))
    train(net, optimizer, steps=5)
    copy.load_state_dict(net.state_dict())
    restored = part.build(part.Options(), groups(copy))
    restored.load_state_dict(deepcopy(optimizer.state_dict()))  # else both would write to the same tensors
    for ours, theirs in zip(train(net, optimizer), train(copy, restored), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("rate", [0, -1, 1e9, float("nan")])
def test_impossible_rates_are_refused(part: ModuleType, rate: float) -> None:
    with pytest.raises(ValueError, match="learning_rate"):
        part.Options(learning_rate=rate)


@pytest.mark.parametrize("betas", [[0.9], [0.9, 0.99, 0.999], [0.9, 1.0]])
@pytest.mark.parametrize("part", [adam, adamw])
def test_betas_are_two_numbers_below_one(part: ModuleType, betas: list[float]) -> None:
    with pytest.raises(ValueError, match="betas"):
        part.Options(betas=betas)
