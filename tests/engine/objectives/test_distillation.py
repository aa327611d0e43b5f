"""Distillation equals its formula, the teacher stays as it was, and a teacher that does not fit is refused."""

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from engine.config.differences import resolve
from engine.objectives import distillation
from engine.process.run_process import live
from engine.runs import series
from engine.training import assemble
from engine.training.pipeline import View
from engine.training.teachers import find_teacher
from tests.training import TINY, new_run

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


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A finished run to learn from, and its runs folder."""
    here = tmp_path_factory.mktemp("taught")
    folder = new_run(here / "runs", {"stages": [{"epochs": 2}], "optimizer": {"name": "adam", "learning_rate": 0.01}})
    assert live(folder, here / "data") == "finished", folder.log(0)[0]
    return folder


def found(taught, source: str | None = None, **differences: object) -> nn.Module:
    config = resolve(TINY | differences)
    data = assemble.load_data(config, taught.path.parent.parent / "data")
    return find_teacher(config, data.dataset, taught.path.parent, torch.device("cpu"), source or taught.id)


def test_a_run_is_a_teacher_of_its_own_architecture_and_does_not_train(taught) -> None:
    teacher = found(taught, model={"depth": 14}, attention="none")
    assert not teacher.training and not any(parameter.requires_grad for parameter in teacher.parameters())
    weights, _ = assemble.find_weights(taught.id, taught.path.parent)
    assert all(torch.equal(value, weights[name]) for name, value in teacher.state_dict().items())


def test_weights_in_a_file_teach_a_model_of_the_same_architecture_only(taught, tmp_path) -> None:
    weights, _ = assemble.find_weights(taught.id, taught.path.parent)
    path = tmp_path / "老师 weights.safetensors"
    save_file(weights, path)
    assert isinstance(found(taught, str(path)), nn.Module)
    save_file({name: value for name, value in weights.items() if not assemble.is_counter(name)}, path)
    assert isinstance(found(taught, str(path)), nn.Module), "older files have no counters of batches"
    with pytest.raises(ValueError, match=r"does not fit the network of resnet: .* are missing or of another shape"):
        found(taught, str(path), model={"depth": 14})


def test_a_teacher_of_other_classes_is_refused(taught) -> None:
    with pytest.raises(ValueError, match=r"learned other classes \(0, 1, 2, 3, 4, 5 \.\.\.\) than .* \(3, 5\)"):
        found(taught, data={"name": "digits", "classes": ["3", "5"]})


def test_a_teacher_that_does_not_exist_is_named(taught) -> None:
    with pytest.raises(ValueError, match="there is no run '20200101-000000-0000'"):
        found(taught, "20200101-000000-0000")
    with pytest.raises(ValueError, match="neither the id of a saved run nor a file"):
        found(taught, "nowhere.pth")


def test_a_run_learns_from_another_and_logs_both_terms(taught) -> None:
    objective = {"name": "distillation", "teacher": f"{taught.id}/best", "weight": 0.7}
    folder = new_run(taught.path.parent, {"objective": objective, "stages": [{"epochs": 1}], "attention": "none"})
    assert live(folder, taught.path.parent.parent / "data") == "finished", folder.log(0)[0]
    shares = [series.read(folder.series, f"share.{name}") for name in ("cross_entropy", "distillation")]
    assert abs(sum(shares) - 100).max() < 1e-3 and shares[1].min() > 0
