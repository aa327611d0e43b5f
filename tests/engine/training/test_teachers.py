"""A run or a file teaches a network that fits, stays as it was, and is refused where it does not fit."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.config.differences import resolve
from engine.process.run_process import train_run
from engine.runs import series
from engine.training import data_split, load_weights, weight_source
from engine.training.teachers import find_teacher
from tests.training import TINY, new_run


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A finished run to learn from, and its runs folder."""
    here = tmp_path_factory.mktemp("taught")
    folder = new_run(here / "runs", {"stages": [{"epochs": 2}], "optimizer": {"name": "adam", "learning_rate": 0.01}})
    assert train_run(folder, here / "data") == "finished", folder.log(0)[0]
    return folder


def find(taught, source: str | None = None, **differences: object) -> nn.Module:
    config = resolve(TINY | differences)
    data = data_split.load_data(config, taught.path.parent.parent / "data")
    return find_teacher(config, data.dataset, taught.path.parent, torch.device("cpu"), source or taught.id)


def test_a_run_is_a_teacher_of_its_own_architecture_and_does_not_train(taught) -> None:
    teacher = find(taught, model={"depth": 14}, attention="none")
    assert not teacher.training and not any(parameter.requires_grad for parameter in teacher.parameters())
    weights = weight_source.find_weights(taught.id, taught.path.parent).weights
    assert all(torch.equal(value, weights[name]) for name, value in teacher.state_dict().items())


def test_weights_in_a_file_teach_a_model_of_the_same_architecture_only(taught, tmp_path) -> None:
    weights = weight_source.find_weights(taught.id, taught.path.parent).weights
    path = tmp_path / "老师 weights.safetensors"
    save_file(weights, path)
    assert isinstance(find(taught, str(path)), nn.Module)
    save_file({name: value for name, value in weights.items() if not load_weights.is_optional(name)}, path)
    assert isinstance(find(taught, str(path)), nn.Module), "older files have no counters of batches"
    with pytest.raises(ValueError, match=r"does not fit the network of resnet: .* are missing or of another shape"):
        find(taught, str(path), model={"depth": 14})


def test_a_teacher_whose_names_are_wrapped_is_understood_and_one_with_nan_refused(taught, tmp_path) -> None:
    weights = weight_source.find_weights(taught.id, taught.path.parent).weights
    path = tmp_path / "teacher.pth"
    torch.save({"state_dict": {f"module.{name}": value for name, value in weights.items()}}, path)
    assert all(torch.equal(value, weights[name]) for name, value in find(taught, str(path)).state_dict().items())
    torch.save(weights | {"head.fc.bias": torch.full((10,), torch.nan)}, path)
    with pytest.raises(ValueError, match=r"NaN or infinite values in head\.fc\.bias"):
        find(taught, str(path))


def test_a_teacher_of_other_classes_is_refused(taught) -> None:
    with pytest.raises(ValueError, match=r"learned other classes \(0, 1, 2, 3, 4, 5 \.\.\.\) than .* \(3, 5\)"):
        find(taught, data={"name": "digits", "classes": ["3", "5"]})


def test_a_teacher_that_does_not_exist_is_named(taught) -> None:
    with pytest.raises(ValueError, match="there is no run '20200101-000000-0000'"):
        find(taught, "20200101-000000-0000")
    with pytest.raises(ValueError, match="neither the id of a saved run nor a file"):
        find(taught, "nowhere.pth")


def test_a_run_learns_from_another_and_logs_both_terms(taught) -> None:
    objective = {"name": "distillation", "teacher": f"{taught.id}/best", "weight": 0.7}
    folder = new_run(taught.path.parent, {"objective": objective, "stages": [{"epochs": 1}], "attention": "none"})
    assert train_run(folder, taught.path.parent.parent / "data") == "finished", folder.log(0)[0]
    shares = [series.read(folder.series, f"share.{name}") for name in ("cross_entropy", "distillation")]
    assert abs(sum(shares) - 100).max() < 1e-3 and shares[1].min() > 0
