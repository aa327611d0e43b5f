"""Each parameter belongs to exactly one part."""

import pytest

from engine.stages import model_parts
from tests.engine.stages.small_model import small_model


def test_a_parameter_belongs_to_the_longest_path_and_never_to_a_mere_beginning():
    parts = {"layer1": ["layer1"], "layer10": ["layer10"], "attention": ["layer1.attention"], "head": ["head"]}
    assert model_parts.owner("layer1.0.conv1.weight", parts) == "layer1"
    assert model_parts.owner("layer1.attention.fc.weight", parts) == "attention"
    assert model_parts.owner("layer10.0.weight", parts) == "layer10"
    with pytest.raises(ValueError, match=r"header\.weight belongs to no part"):
        model_parts.owner("header.weight", parts)


@pytest.mark.parametrize("where", ["layer", "block"])
def test_every_parameter_is_in_exactly_one_part(where):
    model = small_model(attention={"name": "cbam", "where": where})
    by_part = model_parts.parameters_by_part(model)
    assert list(by_part) == ["stem", "layer1", "layer2", "layer3", "attention", "head"]
    assert sum(map(len, by_part.values())) == len(list(model.parameters()))
    assert all(by_part.values())
