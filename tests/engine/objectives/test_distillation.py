"""Distillation equals its formula, the teacher stays as it was, and a teacher that does not fit is refused."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from engine.objectives import distillation
from engine.training.augmented_views import View

CLASSES = 5


def networks() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    student, teacher = (nn.Sequential(nn.Flatten(), nn.Linear(12, CLASSES)) for _ in range(2))
    return student, teacher.requires_grad_(False)


def batch() -> View:
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(6, 3, 2, 2, generator=generator)
    return View(images, torch.rand(6, CLASSES, generator=generator).softmax(1), torch.arange(6))


def losses(**options: float):
    student, teacher = networks()
    objective = distillation.build(distillation.Options(**options), CLASSES, {}, teacher)
    return objective.losses(student, batch()), student, teacher


@pytest.mark.parametrize("temperature", [1.0, 4.0])
@pytest.mark.parametrize("weight", [0.3, 0.9])
def test_it_is_cross_entropy_and_the_softened_divergence_by_weight(temperature: float, weight: float) -> None:
    found, student, teacher = losses(temperature=temperature, weight=weight)
    images, targets = batch()[:2]
    theirs, ours = ((net(images) / temperature).softmax(1) for net in (teacher, student))
    divergence = temperature**2 * (theirs * (theirs.log() - ours.log())).sum(1).mean()
    torch.testing.assert_close(found.components["distillation"], divergence)
    torch.testing.assert_close(found.components["cross_entropy"], F.cross_entropy(student(images), targets))
    torch.testing.assert_close(
        found.total, (1 - weight) * found.components["cross_entropy"] + weight * found.components["distillation"]
    )
    assert sum(found.shares().values()).item() == pytest.approx(100, rel=1e-6)


def test_with_weight_one_the_labels_do_not_matter() -> None:
    found, student, teacher = losses(weight=1.0)
    assert list(found.components) == ["distillation"]
    garbage = batch()._replace(targets=torch.full((6, CLASSES), float("nan")))
    objective = distillation.build(distillation.Options(weight=1.0), CLASSES, {}, teacher)
    assert torch.equal(objective.losses(student, garbage).total, found.total)


def test_a_student_that_answers_as_its_teacher_has_nothing_to_learn() -> None:
    student, teacher = networks()
    student.load_state_dict(teacher.state_dict())
    found = distillation.build(distillation.Options(), CLASSES, {}, teacher).losses(student, batch())
    assert found.components["distillation"].item() == pytest.approx(0, abs=1e-6)


def test_at_a_high_temperature_the_gradient_draws_the_answers_together() -> None:
    """Hinton's limit: temperature squared times the divergence goes to half the squared distance, centred, over K."""
    found, student, teacher = losses(temperature=100.0)
    images = batch().images
    apart = student(images) - teacher(images)
    apart = apart - apart.mean(1, keepdim=True)
    expected = 0.5 * apart.square().mean(1).mean()
    assert found.components["distillation"].item() == pytest.approx(expected.item(), rel=0.05)
