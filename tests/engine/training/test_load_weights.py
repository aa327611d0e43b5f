"""Starting weights are loaded by name, where they fit."""

import pytest
import torch

from engine.config.differences import resolve
from engine.messages.coded_error import CodedError
from engine.training import load_weights, weight_source
from engine.training.build_model import build_model
from tests.made_runs import make_run


def test_starting_weights_are_loaded_by_name_and_the_head_only_for_the_same_classes(tmp_path):
    saved = make_run(tmp_path, change=lambda model: [value.add_(1) for value in model.state_dict().values()])
    config = resolve(saved.config())
    same = build_model(config, 1, 10, 16)
    found = weight_source.find_weights(saved.id, tmp_path)
    weights, classes = found.weights, found.data["classes"]
    result = load_weights.load_starting_weights(same, weights, same_classes=True)
    assert result.parts == list(same.parts) and not result.unfit
    assert all(torch.equal(value, weights[name]) for name, value in same.state_dict().items())
    other = build_model(config, 1, 10, 16)
    before = other.head.fc.weight.clone()
    result = load_weights.load_starting_weights(other, weights, classes == ["a", "b"])
    assert "head" not in result.parts and torch.equal(other.head.fc.weight, before)
    with pytest.raises(ValueError, match="there is no run '20200101-000000-0000'"):
        weight_source.find_weights("20200101-000000-0000", tmp_path)
    with pytest.raises(ValueError, match="neither the id of a saved run nor a file"):
        weight_source.find_weights("nowhere.pth", tmp_path)


def network(**model):
    return build_model(resolve({"model": {"depth": 8} | model}), 1, 10, 16)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda weights: {}, "weights_empty"),
        (lambda weights: {"layer1.0.bn1.num_batches_tracked": torch.zeros(())}, "weights_empty"),
        (lambda weights: {f"elsewhere.{name}": value for name, value in weights.items()}, "weights_fit_nothing"),
        (lambda weights: {name: value[..., None] for name, value in weights.items()}, "weights_fit_nothing"),
        (lambda weights: {name: value.to(torch.int8) for name, value in weights.items()}, "weights_fit_nothing"),
        (
            lambda weights: weights | {"layer2.0.conv1.weight": torch.full((32, 16, 3, 3), torch.nan)},
            "weights_not_finite",
        ),
        (lambda weights: weights | {"head.fc.bias": torch.full((10,), torch.inf)}, "weights_not_finite"),
        (
            lambda weights: weights | {"head.fc.bias": torch.full((10,), 1e300, dtype=torch.float64)},
            "weights_not_finite",
        ),
    ],
)
def test_weights_of_no_use_are_refused_and_change_nothing(change, code):
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(CodedError) as refused:
        load_weights.load_starting_weights(model, change(dict(network().state_dict())), same_classes=True)
    assert refused.value.code == code
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_what_is_not_finite_is_named():
    weights = dict(network().state_dict()) | {"layer2.0.conv1.weight": torch.full((32, 16, 3, 3), torch.nan)}
    with pytest.raises(CodedError, match=r"NaN or infinite values in layer2\.0\.conv1\.weight"):
        load_weights.check_weights(network(), weights, same_classes=True)


def test_what_does_not_fit_may_be_anything():
    weights = dict(network().state_dict()) | {"head.fc.bias": torch.full((3,), torch.nan)}
    load_weights.check_weights(network(), weights, same_classes=True)


def test_a_few_names_that_fit_by_accident_are_nothing_but_a_small_file_that_fits_is_meant():
    theirs = build_model(resolve({"model": {"name": "densenet", "depth": 10}}), 1, 10, 16).state_dict()
    model = build_model(resolve({"model": {"depth": 8}, "attention": "cbam"}), 1, 10, 16)
    own = dict(model.state_dict())
    alike = {name: own[name] for name in own if name.startswith(("head", "stem")) or ".spatial." in name}
    with pytest.raises(CodedError) as refused:
        load_weights.check_weights(model, dict(theirs) | alike, same_classes=True)
    assert refused.value.code == "weights_fit_nothing"
    load_weights.check_weights(network(), {"stem.conv.weight": torch.zeros(16, 1, 3, 3)}, same_classes=True)


def test_a_deeper_network_is_filled_in_part_and_says_which():
    loaded = load_weights.match_weights(network(depth=14), dict(network().state_dict()), same_classes=True)
    assert loaded.parts == ["stem", "head"] and loaded.partly == ["layer1", "layer2", "layer3"] and not loaded.missed
    assert loaded.as_event() == {"parts": loaded.parts, "partly": loaded.partly, "random": [], "unfit": []}
