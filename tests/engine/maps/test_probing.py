"""Looking into a network changes nothing that a training could notice."""

import pytest
import torch
from torch import nn

from engine import catalog
from engine.config.differences import resolve
from engine.maps.gates import read_gates
from engine.training.build_model import build_model
from tests.engine.maps.small_network import hooks, images, network


def state_of(model):
    return {
        "modes": [module.training for module in model.modules()],
        "needs": [parameter.requires_grad for parameter in model.parameters()],
        "values": [tensor.clone() for tensor in model.state_dict().values()],
        "gradients": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "random": torch.get_rng_state(),
        "hooks": hooks(model),
    }


def assert_same(before, after):
    for key in ("modes", "needs", "hooks"):
        assert before[key] == after[key], key
    for key in ("values", "gradients"):
        assert all((a is None) == (b is None) for a, b in zip(before[key], after[key], strict=True)), key
        assert all(torch.equal(a, b) for a, b in zip(before[key], after[key], strict=True) if a is not None), key
    assert torch.equal(before["random"], after["random"])


def in_training(attention="cbam"):
    """A network as a trainer has it: train mode, a frozen stem whose BatchNorm is in eval mode, gradients filled in."""
    model = build_model(resolve({"model": {"depth": 8}, "attention": attention}), channels=3, classes=5, image_size=32)
    model.train()
    model.stem.eval().requires_grad_(False)
    model(images()).sum().backward()
    return model


@pytest.mark.parametrize("attention", catalog.names("attention"))
def test_nothing_that_a_training_could_notice_changes(attention):
    model = in_training(attention)
    before = state_of(model)
    assert True in before["modes"] and False in before["modes"] and any(g is not None for g in before["gradients"])
    assert bool(read_gates(model, images()).blocks) == (attention != "none")
    assert_same(before, state_of(model))
    assert before["hooks"] == 0


def test_a_block_that_draws_random_numbers_does_not_shift_those_of_the_training():
    class Drawing(nn.Module):
        def forward(self, x):
            return x + torch.rand_like(x)

    model = network()
    model.stem = nn.Sequential(model.stem, Drawing())
    before = state_of(model)
    read_gates(model, images())
    assert_same(before, state_of(model))


def test_an_exception_inside_leaves_no_hook_and_passes_on():
    model = in_training()
    before = state_of(model)
    with pytest.raises(RuntimeError, match="channels"):
        read_gates(model, torch.zeros(1, 7, 32, 32))
    assert_same(before, state_of(model))

    class Broken(nn.Module):
        def gates(self, x):
            raise IndexError("broken on purpose")

        def forward(self, x):
            return x

    model.layer2.attention = Broken()
    before = state_of(model)
    with pytest.raises(IndexError, match="broken on purpose"):
        read_gates(model, images())
    assert_same(before, state_of(model))


@pytest.mark.parametrize("attention", catalog.names("attention"))
def test_a_training_goes_on_bit_for_bit_after_a_look(attention):
    losses = []
    for look in (False, True):
        torch.manual_seed(3)
        model = in_training(attention).train()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            loss = nn.functional.dropout(model(images()), 0.5).square().mean()
            optimizer.zero_grad()
            loss.backward()
            if look:
                read_gates(model, images())
            optimizer.step()
            losses.append(loss.item())
    assert losses[:3] == losses[3:]
