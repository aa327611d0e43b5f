"""Every optimizer of timm takes a step or is left out for a reason, and settings that it lacks are refused."""

import pytest
import torch
from timm.optim import list_optimizers

from engine.optimizers import timm
from tests.engine.optimizers.stepping import groups, network, train


@pytest.mark.parametrize("name", timm.NAMES.split())
def test_every_listed_optimizer_of_timm_takes_a_step(name: str) -> None:
    net = network()
    before = [parameter.clone() for parameter in net.parameters()]
    optimizer = timm.build(timm.Options(algorithm=name), groups(net))
    after = train(net, optimizer, steps=2)
    assert all(new.isfinite().all() for new in after)
    assert not all(torch.equal(new, old) for new, old in zip(after, before, strict=True))
    assert [group["part"] for group in optimizer.param_groups] == ["stem", "head"]


def test_nothing_of_timm_is_left_out_without_a_reason() -> None:
    """bnb and fused ones need other packages; adahessian second derivatives; kron draws random numbers of its own."""
    missing = set(list_optimizers()) - set(timm.NAMES.split())
    assert all(name.startswith(("bnb", "fused", "kron", "adahessian")) for name in missing), missing


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"algorithm": "lamb", "momentum": 0.9}, "momentum 0.9 is not used by algorithm 'lamb'"),
        ({"algorithm": "sgd", "betas": [0.9, 0.99]}, "betas .* is not used by algorithm 'sgd'"),
        ({"algorithm": "adan", "betas": [0.9, 0.99]}, "algorithm 'adan' takes 3 values"),
        ({"algorithm": "lmab"}, "'lmab' is unknown or not supported; did you mean 'lamb'?"),
    ],
)
def test_a_setting_that_timms_optimizer_lacks_is_refused(options: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        timm.build(timm.Options(**options), groups(network()))
