"""Shake-Shake mixes its branches at random in training, differently on the way back, and evenly in evaluation."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.models import shake_shake
from engine.models._network import Place
from engine.models.shake_shake import Mix, Options, Shake, ShakeBlock, ShiftedShortcut

MANY = 20_000


def shares(images: int = MANY, **options: object) -> tuple[Tensor, Tensor]:
    """The first branch's shares forward and backward of one training step: a toy whose branches are ones and zeros."""
    torch.manual_seed(0)
    first, second = torch.ones(images, 1, 1, 1, requires_grad=True), torch.zeros(images, 1, 1, 1, requires_grad=True)
    out = Shake(Options(**options)).train()(first, second)
    out.sum().backward()
    torch.testing.assert_close(first.grad + second.grad, torch.ones_like(first))
    return out.detach().flatten(), first.grad.flatten()


def test_evaluation_takes_the_mean_of_the_branches() -> None:
    first, second = torch.randn(2, 4, 3, 5, 5)
    assert torch.equal(Shake(Options()).eval()(first, second), (first + second) / 2)


@pytest.mark.parametrize("form", ["current", "earlier"])
def test_a_whole_net_evaluates_as_the_mean(form: str) -> None:
    torch.manual_seed(0)
    model = shake_shake.build(Options(depth=14, initial_channels=4, form=form), 3, 10, 32).eval()
    x = images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        x = model.stem.bn(model.stem.conv(x))
        x = x.relu() if form == "earlier" else x
        for layer in (model.layer1, model.layer2, model.layer3):
            for block in list(layer)[:2]:
                x = (block.branch1(x) + block.branch2(x)) / 2 + block.shortcut(x)
        x = x if form == "earlier" else x.relu()
        torch.testing.assert_close(model(images), model.head.fc(x.mean((2, 3))))


def test_the_way_back_has_shares_of_its_own() -> None:
    """Value and gradient of the same step are mixed by different numbers, without a connection between the two."""
    forward, backward = shares()
    assert not torch.equal(forward, backward)
    correlation = torch.corrcoef(torch.stack([forward, backward]))[0, 1].item()
    assert abs(correlation) < 5 / MANY**0.5


def test_gradients_are_those_of_the_backward_mix_whatever_the_forward_mix() -> None:
    first, second = torch.randn(2, 3, 2, 4, 4).unbind()
    gradient = torch.randn(3, 2, 4, 4)
    beta = torch.rand(3, 1, 1, 1)
    for alpha in (torch.zeros(3, 1, 1, 1), torch.rand(3, 1, 1, 1), torch.ones(3, 1, 1, 1)):
        a, b = first.clone().requires_grad_(), second.clone().requires_grad_()
        out = Mix.apply(a, b, alpha, beta)
        torch.testing.assert_close(out, alpha * first + (1 - alpha) * second)
        out.backward(gradient)
        assert torch.equal(a.grad, beta * gradient) and torch.equal(b.grad, (1 - beta) * gradient)


@pytest.mark.parametrize("way", [0, 1])
def test_shares_are_uniform_between_zero_and_one(way: int) -> None:
    drawn = shares()[way]
    assert drawn.min() >= 0 and drawn.max() <= 1
    assert drawn.mean().item() == pytest.approx(1 / 2, abs=5 * (1 / 12 / MANY) ** 0.5)
    assert drawn.var().item() == pytest.approx(1 / 12, abs=5 * (1 / 180 / MANY) ** 0.5)
    steps = torch.histc(drawn, bins=10, min=0, max=1) / MANY
    assert (steps - 0.1).abs().max() < 5 * (0.09 / MANY) ** 0.5


def test_each_image_has_shares_of_its_own_or_all_have_one() -> None:
    for way in shares(images=64, mix_per="image"):
        assert len(way.unique()) == 64
    forward, backward = shares(images=64, mix_per="batch")
    assert len(forward.unique()) == 1 and len(backward.unique()) == 1 and forward[0] != backward[0]


@pytest.mark.parametrize(("forward", "backward"), [("even", "shake"), ("shake", "even"), ("even", "even")])
def test_even_is_one_half_on_the_way_it_is_asked_for(forward: str, backward: str) -> None:
    ways = shares(images=64, forward_mix=forward, backward_mix=backward)
    for asked, drawn in zip((forward, backward), ways, strict=True):
        assert (drawn == 0.5).all() if asked == "even" else len(drawn.unique()) == 64


def test_blocks_and_steps_draw_anew_and_the_seed_decides() -> None:
    model = shake_shake.build(Options(depth=8, initial_channels=4), 3, 10, 16).train()
    images = torch.randn(2, 3, 16, 16)
    runs = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        runs.append(model(images).detach())
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    assert not torch.equal(model(images), model(images))


@torch.no_grad()
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [6, 7])
def test_the_shortcut_takes_half_its_channels_from_the_place_to_the_lower_right(stride: int, side: int) -> None:
    shortcut = ShiftedShortcut(Place(inputs=3, outputs=8, stride=stride, layer=1, number=0)).eval()
    x = torch.randn(2, 3, side, side)
    out = shortcut(x) * (1 + shortcut.bn.eps) ** 0.5
    padded = F.pad(x.relu(), (0, 1, 0, 1))
    row, column = 1, 2
    for half, shift, weight in ((out[:, :4], 0, shortcut.conv1.weight), (out[:, 4:], 1, shortcut.conv2.weight)):
        pixel = padded[:, :, row * stride + shift, column * stride + shift]
        torch.testing.assert_close(half[:, :, row, column], pixel @ weight[:, :, 0, 0].T, rtol=1e-5, atol=1e-5)
        corner = padded[:, :, (side - 1) // stride * stride + shift, 0 + shift]
        torch.testing.assert_close(half[:, :, -1, 0], corner @ weight[:, :, 0, 0].T, rtol=1e-5, atol=1e-5)


def test_attention_sees_the_mix_and_not_the_shortcut() -> None:
    block = ShakeBlock(Place(inputs=4, outputs=4, stride=1, layer=0, number=1), Options()).eval()
    block.attention.register_forward_hook(lambda module, inputs, output: output * 0)
    x = torch.randn(2, 4, 5, 5)
    assert isinstance(block.shortcut, nn.Identity) and torch.equal(block(x), x)
