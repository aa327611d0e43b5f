"""Freezing is exact: what is frozen stays bit for bit, BatchNorm does what the stage says, names match as names."""

import pytest
import timm.optim
import torch
from torch import nn

from engine.config.differences import resolve
from engine.config.stage import Stage
from engine.stages import freezing, model_parts, plan_checks
from engine.stages.optimizer_state import carry_optimizer_state
from engine.stages.parameter_groups import parameter_groups
from engine.training.build_model import build_model

SEED_002 = {
    "data": "cifar10",
    "model": {"layout": "imagenet", "depth": 18, "stem": "small"},
    "attention": "cbam",
    "optimizer": "adam",
    "allow_random_frozen": True,
    "stages": [
        {"epochs": 5, "train": ["attention", "head"], "learning_rate": 1e-3},
        {"epochs": 15, "train": ["layer3", "layer4", "attention", "head"], "learning_rate": 1e-4},
        {"epochs": 30, "learning_rate": 1e-5},
    ],
}


def small_model(**more):
    config = resolve({"model": {"depth": 8, "initial_channels": 4}, "attention": "cbam"} | more)
    return build_model(config, 1, 10, 16).to(memory_format=torch.channels_last)


def trainable(model):
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def step(model, stage, learning_rate=0.1):
    """One update on random images, as the trainer makes it."""
    freezing.freeze(model, stage)
    freezing.train_mode(model, stage)
    groups = parameter_groups(model, stage, learning_rate, 0.0)
    optimizer = torch.optim.SGD(groups, lr=learning_rate)
    model(torch.randn(8, 1, 16, 16)).square().mean().backward()
    optimizer.step()


def test_the_stages_of_seed_002_train_as_many_parameters_as_published():
    config = resolve(SEED_002)
    with torch.device("meta"):
        model = build_model(config, 3, 10, 32)
    counts = []
    for stage in config.stages:
        freezing.freeze(model, stage)
        counts.append(trainable(model))
    assert counts == [49_042, 10_542_482, 11_217_874]


@pytest.mark.parametrize("frozen_batchnorm", ["frozen", "adapts", "affine_trains"])
def test_frozen_parameters_do_not_move_by_a_bit(frozen_batchnorm):
    model = small_model()
    stage = Stage(train=["head"], frozen_batchnorm=frozen_batchnorm)
    before = {name: value.clone() for name, value in model.named_parameters()}
    step(model, stage)
    moved = {name for name, value in model.named_parameters() if not torch.equal(value, before[name])}
    norms = {name for name, _ in model.named_parameters() if ".bn" in name and not name.startswith("head")}
    allowed = {"head.fc.weight", "head.fc.bias"} | (norms if frozen_batchnorm == "affine_trains" else set())
    assert {"head.fc.weight", "head.fc.bias"} <= moved <= allowed
    assert bool(moved & norms) == (frozen_batchnorm == "affine_trains")


@pytest.mark.parametrize("frozen_batchnorm", ["frozen", "affine_trains", "adapts"])
def test_statistics_of_frozen_batchnorm_move_only_if_they_may_adapt(frozen_batchnorm):
    """Also after an evaluation has switched modes in between (model.train() alone would let them move)."""
    model = small_model()
    stage = Stage(train=["head"], frozen_batchnorm=frozen_batchnorm)
    step(model, stage)
    before = {name: value.clone() for name, value in model.named_buffers()}
    model.eval()
    step(model, stage)
    same = all(torch.equal(value, before[name]) for name, value in model.named_buffers())
    assert same == (frozen_batchnorm != "adapts")


def test_a_thawed_part_moves_and_its_statistics_too():
    model = small_model()
    stage = Stage(train=["layer3", "head"])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    step(model, stage)
    moved = {
        model_parts.owner(name, model.parts)
        for name, v in model.state_dict().items()
        if not torch.equal(v, before[name])
    }
    assert moved == {"layer3", "head"}


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


def test_one_rate_or_one_for_each_part():
    model = small_model()
    stage = Stage(learning_rate={"head": 0.5, "stem": 0.01})
    freezing.freeze(model, stage)
    rates = {group["part"]: group["lr"] for group in parameter_groups(model, stage, 0.1, 0.0)}
    assert rates == {"stem": 0.01, "layer1": 0.1, "layer2": 0.1, "layer3": 0.1, "attention": 0.1, "head": 0.5}


PARTS = ["stem", "layer1", "layer2", "head"]


def plan_faults(plan, loaded=(), **more):
    return [str(fault) for fault in plan_checks.check_plan(resolve({"stages": plan} | more), PARTS, loaded)]


def test_a_part_that_does_not_exist_is_named_with_its_stage_and_a_near_name():
    faults = plan_faults([{}, {"train": ["layr2"]}, {"learning_rate": {"haed": 0.1}}])
    assert len(faults) == 3
    assert faults[0].startswith("stages.1.train: part 'layr2' does not exist in this model; did you mean 'layer2'?")
    assert faults[1] == "stages.1.train: stage 2 trains nothing: name at least one part"
    assert faults[2].startswith(
        "stages.2.learning_rate: part 'haed' does not exist in this model; did you mean 'head'?"
    )


def test_freezing_what_is_random_is_refused_until_it_was_loaded_or_has_trained():
    head_first = [{"train": ["head"]}, {}]
    assert plan_faults(head_first) == [
        "stages.0.train: stage 1 freezes stem, layer1, layer2, which is random: it was not loaded and has not trained. "
        "Train it first, load weights, or set allow_random_frozen: true if you mean it"
    ]
    assert plan_faults(head_first, loaded=["stem", "layer1", "layer2"]) == []
    assert plan_faults([{}, {"train": ["head"]}]) == []
    assert plan_faults(head_first, allow_random_frozen=True) == []


def test_what_an_optimizer_counts_by_group_waits_for_a_frozen_part():
    """T2: a part that is thawed again goes on with the steps that it had made."""
    first, second = (("first", nn.Parameter(torch.ones(3))), ("second", nn.Parameter(torch.ones(3))))
    optimizers, aside = [], {}
    for trained in ([first, second], [second], [first, second]):
        made = timm.optim.Lamb([{"params": [parameter], "part": name} for name, parameter in trained], lr=0.1)
        old = optimizers[-1] if optimizers else None
        aside = carry_optimizer_state(old, made, [first, second], aside, keep=True)
        optimizers.append(made)
        for _ in range(2):
            for _, parameter in trained:
                parameter.grad = torch.ones(3)
            made.step()
    assert [group["step"] for group in optimizers[-1].param_groups] == [4, 6] and not aside


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
