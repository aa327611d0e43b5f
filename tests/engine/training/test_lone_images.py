"""BatchNorm that would see a single value is found before the training, and nothing else is refused."""

import pytest
import torch
from torch import nn

from engine.config.differences import resolve
from engine.config.stage import Stage
from engine.process.run_process import train_run
from engine.training import ghost_batchnorm, lone_images
from tests.training import new_run


@pytest.mark.parametrize(
    ("sizes", "images", "groups"),
    [
        ({"batch_size": 32}, None, [32]),
        ({"batch_size": 1}, None, [1]),
        ({"batch_size": 8, "subdivisions": 8}, 1000, [1] * 8),
        ({"batch_size": 8, "ghost_batch": 4}, 1000, [4, 4]),
        ({"batch_size": 8, "subdivisions": 2, "ghost_batch": 1}, 1000, [1] * 8),
        ({"batch_size": 4, "accumulate": 2}, 1000, [4, 4]),
        ({"batch_size": 128}, 1, [1]),  # fewer images than a step has all come in one
        ({"batch_size": 32, "accumulate": 2}, 33, [32, 1]),
        ({"batch_size": 32, "ghost_batch": 8}, 17, [8, 8, 1]),
        ({"batch_size": 8, "subdivisions": 4}, 5, [2, 2, 1]),
        ({"batch_size": 4, "stages": [{"images": [0.0, 0.1]}]}, 10, [4]),  # few images of many come round again
        ({"batch_size": 16, "stages": [{"images": [0.0, 0.1]}]}, 10, [1]),
    ],
)
def test_groups_are_those_that_a_step_passes_through_the_network(sizes, images, groups):
    config = resolve(sizes)
    assert lone_images.groups_of_a_step(config, config.stages[0], images) == groups


class Net(nn.Sequential):
    """One BatchNorm that sees maps, and one that sees a pixel."""

    def __init__(self):
        super().__init__(nn.Conv2d(1, 4, 3, 2), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(4))
        self.extend([nn.Flatten(), nn.Linear(4, 5)])
        self.parts = {"stem": ["0", "1"], "layer1": ["3"], "head": ["5"]}


def faults(sizes, images=1000):
    net = Net()
    return lone_images.faults(resolve(sizes), net, lone_images.pixels_seen(net, torch.zeros(1, 1, 8, 8)), images)


def test_pixels_are_those_that_reach_each_layer_and_the_model_stays_as_it_was():
    net = Net()
    net[1].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert lone_images.pixels_seen(net, torch.zeros(1, 1, 8, 8)) == {"1": 9, "3": 1}
    assert [layer.training for layer in net] == [True, False, True, True, True, True]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize(
    ("sizes", "images", "field", "groups"),
    [
        ({"batch_size": 1}, None, "batch_size", "1"),
        ({"batch_size": 32, "accumulate": 2}, 33, "batch_size", "32 + 1"),
        ({"batch_size": 8, "subdivisions": 8}, None, "subdivisions", "1"),
        ({"batch_size": 8, "ghost_batch": 1}, None, "ghost_batch", "1"),
    ],
)
def test_a_single_value_is_a_fault_that_names_layer_and_groups_as_torch_would_fail(sizes, images, field, groups):
    (fault,) = faults(sizes, images)
    assert (fault.field, fault.values) == (field, {"stage": 1, "layer": "3", "groups": groups})
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        Net()(torch.zeros(1, 1, 8, 8))


def test_it_is_no_fault_where_there_are_more_pixels_or_images_or_the_layer_stands_still():
    assert faults({"batch_size": 2}) == []
    assert faults({"batch_size": 32, "accumulate": 2}, 34) == []
    frozen = {"batch_size": 1, "stages": [{"train": ["head"]}], "allow_random_frozen": True}
    assert faults(frozen) == []
    assert len(faults(frozen | {"stages": [{"train": ["head"], "frozen_batchnorm": "adapts"}]})) == 1
    assert [fault.values["stage"] for fault in faults(frozen | {"stages": [{"train": ["head"]}, {}]})] == [2]


class Tokens(nn.Module):
    """As LeViT normalises: all tokens of all images one below the other, (B * N, C)."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(1, 4, 3, 2), nn.BatchNorm1d(4), nn.Linear(4, 5)
        self.parts = {"stem": ["conv", "norm"], "head": ["head"]}

    def forward(self, images):
        tokens = self.conv(images).flatten(2).transpose(1, 2)
        return self.head(self.norm(tokens.flatten(0, 1)).reshape_as(tokens).mean(1))


def test_tokens_in_the_place_of_images_are_pixels_of_theirs_but_for_ghost_batches():
    net, image = Tokens(), torch.zeros(1, 1, 8, 8)
    config = resolve({"batch_size": 1})
    assert lone_images.faults(config, net, lone_images.pixels_seen(net, image), 1000) == []
    net(image)  # trains
    ghost_batchnorm.use_ghost_batches(net, 1)
    ghosts = resolve({"batch_size": 8, "ghost_batch": 1})
    assert len(lone_images.faults(ghosts, net, lone_images.pixels_seen(net, image), 1000)) == 1
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        net(image)


def test_a_network_is_asked_only_where_it_has_such_layers_and_a_group_of_one_image_occurs(tmp_path, monkeypatch):
    """A forward on the CPU can take seconds, and every form is checked."""
    asked = []
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4))
    net[0].register_forward_hook(lambda *_: asked.append(net))
    assert lone_images.pixels_seen(net, torch.zeros(1, 1, 8, 8)) == {} and asked == []
    assert not lone_images.possible(resolve({"batch_size": 32}), 1000)
    assert lone_images.possible(resolve({"batch_size": 32, "stages": [{}, {"images": [0.0, 0.1]}]}), 10)
    monkeypatch.setattr(lone_images, "pixels_seen", lambda *_: asked.append("a start"))
    short = {"data": {"name": "digits", "limit": 64}, "stages": [{"epochs": 1}]}
    assert train_run(new_run(tmp_path, short), tmp_path) == "finished" and asked == []


def test_only_norms_that_see_the_batch_count():
    net = Net()
    net[3] = nn.GroupNorm(2, 4)
    assert lone_images.pixels_seen(net, torch.zeros(1, 1, 8, 8)) == {"1": 9}
    assert list(lone_images.trained_norms(net, Stage())) == ["1"]


def test_a_run_of_a_left_over_image_ends_before_its_first_step_and_says_why(tmp_path):
    """33 images in batches of 32 that are accumulated leave one; the last maps of this network are one pixel."""
    model = {"name": "timm", "architecture": "test_resnet"}
    data = {"name": "digits", "limit": 33}
    sizes = {"batch_size": 32, "accumulate": 2, "model": model, "attention": "none", "data": data}
    folder = new_run(tmp_path, sizes)
    assert train_run(folder, tmp_path) == "failed"
    reason = folder.status()["reason"]
    assert "groups of 32 + 1" in reason and "Choose sizes" in reason and "per channel" not in reason
    assert folder.status().get("iteration", 0) == 0
