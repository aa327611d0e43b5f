"""Groups have the rates and the decay of the stage."""

import pytest
from torch import nn

from engine.config.stage import Stage
from engine.stages import freezing, model_parts
from engine.stages.parameter_groups import parameter_groups
from tests.engine.stages.small_model import small_model


def test_one_rate_or_one_for_each_part():
    model = small_model()
    stage = Stage(learning_rate={"head": 0.5, "stem": 0.01})
    freezing.freeze(model, stage)
    rates = {group["part"]: group["lr"] for group in parameter_groups(model, stage, 0.1, 0.0)}
    assert rates == {"stem": 0.01, "layer1": 0.1, "layer2": 0.1, "layer3": 0.1, "attention": 0.1, "head": 0.5}


def test_decay_spares_what_an_objective_trains_of_its_own():
    """In MUST's recipe nothing decays that is no matrix."""
    model = small_model(attention="none")
    own = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3))
    freezing.freeze(model, Stage())
    groups = parameter_groups(model, Stage(), 0.1, 0.01, "weights_only", own)
    decays = {parameter: group["weight_decay"] for group in groups for parameter in group["params"]}
    assert [decays[parameter] for parameter in own.parameters()] == [0.01, 0, 0, 0]


@pytest.mark.parametrize(
    ("decay_on", "spared"),
    [
        ("all", ()),
        ("all_but_norm", ("bn1.weight", "bn1.bias", "bn2.weight", "bn2.bias", "bn.weight", "bn.bias")),
        ("all_but_bias", ("bias",)),
        ("weights_only", ("bn1.weight", "bn2.weight", "bn.weight", "bias")),
    ],
)
def test_decay_spares_what_it_is_told_and_groups_keep_their_part(decay_on, spared):
    model = small_model(attention="none")
    stage = Stage(learning_rate={"head": 0.5})
    freezing.freeze(model, stage)
    groups = parameter_groups(model, stage, 0.1, 0.01, decay_on)
    owned = {parameter: group for group in groups for parameter in group["params"]}
    assert len(owned) == sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
    for name, parameter in model.named_parameters():
        group = owned[parameter]
        assert group["weight_decay"] == (0.0 if name.endswith(spared or ("nothing",)) else 0.01), name
        assert group["part"] == model_parts.owner(name, model.parts)
        assert group["lr"] == group["base_rate"] == (0.5 if group["part"] == "head" else 0.1)
    assert len(groups) == len(model.parts) * (1 if decay_on == "all" else 2) - (decay_on == "all_but_norm")
