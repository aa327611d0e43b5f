"""The supervised losses equal torch's, and each term is zero where it has nothing to hold back."""

import math

import pytest
import torch
import torch.nn.functional as F
from timm.loss import LabelSmoothingCrossEntropy
from torch import Tensor, nn

from engine.objectives import supervised
from engine.objectives._objective import Objective
from engine.training.augmented_views import View

CLASSES = 5


def build(start: dict[str, Tensor] | None = None, **options: float) -> Objective:
    return supervised.build(supervised.Options(**options), CLASSES, start or {})


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, CLASSES))


def batch(seed: int = 1) -> View:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(6, 3, 2, 2, generator=generator)
    return View(images, torch.rand(6, CLASSES, generator=generator).softmax(1), torch.arange(6))


def test_without_terms_it_is_torchs_cross_entropy_of_soft_targets() -> None:
    net, (images, targets, _) = model(), batch()
    losses = build().losses(net, View(images, targets, torch.arange(6)))
    assert list(losses.components) == ["cross_entropy"]
    assert torch.equal(losses.logits, net(images))
    torch.testing.assert_close(losses.total, F.cross_entropy(net(images), targets))


@pytest.mark.parametrize("smoothing", [0.05, 0.1, 0.9])
def test_smoothed_terms_sum_to_timms_label_smoothing(smoothing: float) -> None:
    net, (images, targets, _) = model(), batch()
    labels = targets.argmax(1)
    hard = View(images, F.one_hot(labels, CLASSES).float(), torch.arange(6))
    losses = build(label_smoothing=smoothing).losses(net, hard)
    torch.testing.assert_close(losses.total, LabelSmoothingCrossEntropy(smoothing)(net(images), labels))


@pytest.mark.parametrize("smoothing", [0.05, 0.1, 0.9])
@pytest.mark.parametrize("hard", [True, False])
def test_smoothed_terms_sum_to_torchs_label_smoothing(smoothing: float, hard: bool) -> None:
    net, (images, targets, _) = model(), batch()
    labels = targets.argmax(1)
    if hard:
        targets = F.one_hot(labels, CLASSES).float()
    losses = build(label_smoothing=smoothing).losses(net, View(images, targets, torch.arange(6)))
    expected = nn.CrossEntropyLoss(label_smoothing=smoothing)(net(images), labels if hard else targets)
    torch.testing.assert_close(losses.total, expected)
    assert losses.weights == {"cross_entropy": 1 - smoothing, "label_smoothing": smoothing}


def test_confidence_penalty_is_ln_k_minus_entropy() -> None:
    net, (images, targets, _) = model(), batch()
    raw = (
        build(confidence_penalty=0.3)
        .losses(net, View(images, targets, torch.arange(6)))
        .components["confidence_penalty"]
    )
    entropy = torch.distributions.Categorical(logits=net(images)).entropy().mean()
    torch.testing.assert_close(raw, math.log(CLASSES) - entropy)


@pytest.mark.parametrize(("scale", "expected"), [(0.0, 0.0), (1e6, math.log(CLASSES))])
def test_confidence_penalty_runs_from_guessing_to_certainty(scale: float, expected: float) -> None:
    images, targets, _ = batch()
    raw = build(confidence_penalty=1.0).losses(
        lambda x: scale * torch.eye(6, CLASSES), View(images, targets, torch.arange(6))
    )
    value = raw.components["confidence_penalty"].item()
    assert value >= 0
    if scale == 0:
        assert value == pytest.approx(0, abs=1e-6)
    else:  # the sixth row of eye(6, 5) is zero: one image of six stays a guess
        assert value == pytest.approx(expected * 5 / 6, rel=1e-5)


def test_distance_from_start_begins_at_zero_and_is_half_the_squared_distance() -> None:
    net = model()
    start = {name: parameter.detach().clone() for name, parameter in net.named_parameters()}
    start["3.weight"] = torch.zeros(7, 8)  # a head for other classes was not loaded
    objective = build(start, l2_sp=0.1)
    assert objective.losses(net, batch()).components["l2_sp"].item() == 0
    with torch.no_grad():
        net[1].bias += 2
        net[3].weight += 1
    assert objective.losses(net, batch()).components["l2_sp"].item() == pytest.approx(0.5 * 8 * 2**2, rel=1e-5)


def test_distance_from_start_pulls_back_to_the_start() -> None:
    net = model()
    objective = build({"1.bias": torch.zeros(8)}, l2_sp=1.0)
    raw = objective.losses(net, batch()).components["l2_sp"]
    assert torch.allclose(torch.autograd.grad(raw, net[1].bias)[0], net[1].bias)


def test_distance_from_start_without_loaded_weights_is_refused() -> None:
    with pytest.raises(ValueError, match=r"l2_sp 0\.1 .* no weights are loaded"):
        build(l2_sp=0.1)


def test_shares_sum_to_one_hundred_percent() -> None:
    net = model()
    start = {name: parameter.detach() + 0.1 for name, parameter in net.named_parameters()}
    losses = build(start, label_smoothing=0.1, confidence_penalty=0.5, l2_sp=0.01).losses(net, batch())
    shares = losses.shares()
    assert list(shares) == ["cross_entropy", "label_smoothing", "confidence_penalty", "l2_sp"]
    assert sum(shares.values()).item() == pytest.approx(100, rel=1e-6)
    assert not any(share.requires_grad for share in shares.values())
    for name, share in shares.items():
        weighted = losses.weights[name] * losses.components[name]
        assert share.item() == pytest.approx(100 * (weighted / losses.total).item(), rel=1e-6)


def test_half_precision_logits_give_a_full_precision_loss() -> None:
    logits = 30 * torch.eye(6, CLASSES, dtype=torch.float16)
    losses = build().losses(lambda x: logits, batch())
    assert losses.total.dtype == torch.float32
    assert losses.logits is logits


def normalised_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(12), nn.Linear(12, CLASSES))


def test_dual_cutout_is_the_mean_of_both_losses_and_the_distance_of_both_answers() -> None:
    first, second = batch(), batch(seed=2)
    second = second._replace(targets=first.targets)
    net, same = normalised_model(), normalised_model()
    objective = build(dual_cutout_consistency=0.1)
    assert objective.views == ["train", "twin"]
    losses = objective.losses(net, first, second)
    answers = same(first.images), same(second.images)
    expected = 0.5 * sum(F.cross_entropy(answer, first.targets) for answer in answers)
    expected = expected + 0.1 * F.mse_loss(*answers)
    torch.testing.assert_close(losses.total, expected)
    torch.testing.assert_close(losses.logits, sum(answers) / 2)
    assert losses.weights["dual_cutout_consistency"] == 0.1
    for ours, theirs in zip(net.buffers(), same.buffers(), strict=True):
        assert torch.equal(ours, theirs)  # BatchNorm saw both views, one after the other


def test_label_smoothing_of_two_views_is_torchs() -> None:
    """The code of the original breaks here."""
    first, second = batch(), batch(seed=2)
    net = model()
    losses = build(dual_cutout_consistency=0.1, label_smoothing=0.1).losses(net, first, second)
    smoothed = nn.CrossEntropyLoss(label_smoothing=0.1)
    expected = 0.5 * (smoothed(net(first.images), first.targets) + smoothed(net(second.images), second.targets))
    torch.testing.assert_close(losses.total - 0.1 * losses.components["dual_cutout_consistency"], expected)


def test_one_view_is_all_that_is_needed_otherwise() -> None:
    assert list(build().views) == ["train"]
