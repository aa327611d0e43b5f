"""Starting weights are loaded by name, where they fit."""

import pytest
import torch

from engine.config.differences import resolve
from engine.training import load_weights
from engine.training.build_model import build_model
from tests.made_runs import make_run


def test_starting_weights_are_loaded_by_name_and_the_head_only_for_the_same_classes(tmp_path):
    saved = make_run(tmp_path, change=lambda model: [value.add_(1) for value in model.state_dict().values()])
    config = resolve(saved.config())
    same = build_model(config, 1, 10, 16)
    weights, classes = load_weights.find_weights(saved.id, tmp_path)
    result = load_weights.load_starting_weights(same, weights, same_classes=True)
    assert result.parts == list(same.parts) and not result.unfit
    assert all(torch.equal(value, weights[name]) for name, value in same.state_dict().items())
    other = build_model(config, 1, 10, 16)
    before = other.head.fc.weight.clone()
    result = load_weights.load_starting_weights(other, weights, classes == ["a", "b"])
    assert "head" not in result.parts and torch.equal(other.head.fc.weight, before)
    with pytest.raises(ValueError, match="there is no run '20200101-000000-0000'"):
        load_weights.find_weights("20200101-000000-0000", tmp_path)
    with pytest.raises(ValueError, match="neither the id of a saved run nor a file"):
        load_weights.find_weights("nowhere.pth", tmp_path)
