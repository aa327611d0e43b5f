"""The factor falls where the metric does not, as in torch, and goes on after a restart."""

import pytest
import torch

from engine.schedules import plateau

METRICS = [2.0, 1.5, 1.5, 1.49999, 1.6, 1.4, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, float("nan"), 0.2, 0.3, 0.3, 0.3, 0.3, 0.3]


def test_plateau_equals_torchs() -> None:
    options = plateau.Options(patience=1, factor=0.5, threshold=0.01, minimum_factor=0.1)
    factor = plateau.build(options)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, patience=1, factor=0.5, threshold=0.01, min_lr=0.1
    )
    for metric in METRICS:
        factor.react(metric)
        reference.step(metric)
        assert factor(0.5) == pytest.approx(optimizer.param_groups[0]["lr"])
    assert factor(0.5) == 0.1


def test_plateau_does_not_react_to_progress() -> None:
    factor = plateau.build(plateau.Options())
    assert [factor(progress) for progress in (0, 0.5, 1)] == [1, 1, 1]


def test_a_saved_plateau_goes_on_as_before() -> None:
    options = plateau.Options(patience=2, factor=0.5)
    factor, restored = plateau.build(options), plateau.build(options)
    for metric in METRICS[:8]:
        factor.react(metric)
    restored.load_state_dict(factor.state_dict())
    for metric in METRICS[8:]:
        factor.react(metric)
        restored.react(metric)
        assert factor(0) == restored(0)
    assert factor(0) < 1
