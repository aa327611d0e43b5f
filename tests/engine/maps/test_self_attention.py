"""The attention shown of a transformer is what it computed: it makes the output that each block really gave."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.vision_transformer import EncoderBlock

from engine.config.differences import resolve
from engine.maps import gates
from engine.maps.gates import has_attention, read_gates
from engine.maps.probing import hooked
from engine.maps.self_attention import mean_of_heads, recompute, self_attentions
from engine.runs import all_runs
from engine.training.build_model import build_model

NETWORKS = {
    "clip": {"name": "clip", "architecture": "small", "text_tower": "kept"},
    "timm": {"name": "timm", "architecture": "test_vit"},
    "timm, a register in the place of the class token": {"name": "timm", "architecture": "test_vit2"},
}
SIDES = {"clip": 28}


@pytest.fixture(scope="module")
def networks():
    return {name: build(name) for name in NETWORKS}


def build(name):
    side = SIDES.get(name, 64)
    model = build_model(resolve({"model": NETWORKS[name]}), 3, 5, side)
    return model, torch.randn(3, 3, side, side, generator=torch.Generator().manual_seed(7))


def seen(model, images):
    """What each self-attention was given, and gave, in the order in which they ran."""
    found = {}

    def see(path, module, inputs, output):
        found[path] = module, inputs[0], output[0] if isinstance(output, tuple) else output

    with torch.no_grad(), hooked(self_attentions(model), see):
        logits = model.eval()(images)
    return found, logits


@pytest.mark.parametrize("name", NETWORKS)
def test_the_weights_make_the_output_of_each_block_and_every_row_sums_to_one(networks, name):
    model, images = networks[name]
    found, _ = seen(model, images)
    assert len(found) >= 2
    for module, tokens, output in found.values():
        with torch.no_grad():
            weights, made = recompute(module, tokens)
        assert (made - output).abs().max() <= 1e-6 * max(1, output.abs().max())
        torch.testing.assert_close(weights.sum(3), torch.ones(weights.shape[:3]))
        assert weights.shape[1] == module.num_heads and weights.min() >= 0


def test_torchs_own_weights_are_the_same():
    torch.manual_seed(0)
    for batch_first in (True, False):
        attention = nn.MultiheadAttention(12, 3, batch_first=batch_first).eval()
        tokens = torch.randn(2, 5, 12)
        given = tokens if batch_first else tokens.transpose(0, 1)
        _, theirs = attention(given, given, given, need_weights=True, average_attn_weights=False)
        torch.testing.assert_close(recompute(attention, tokens)[0], theirs, atol=1e-6, rtol=0)


class Vision(nn.Module):
    """Two of torchvision's blocks over a class token and four patches of an image of 4 x 4."""

    def __init__(self, mask=None):
        super().__init__()
        torch.manual_seed(3)
        self.blocks = nn.Sequential(EncoderBlock(2, 16, 32, 0.0, 0.0), EncoderBlock(2, 16, 32, 0.0, 0.0))
        self.token, self.head, self.mask = nn.Parameter(torch.randn(16)), nn.Linear(16, 3), mask
        self.patch = nn.Conv2d(1, 16, 2, 2)

    def forward(self, images):
        patches = self.patch(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(images), 1, 16), patches], 1)
        if self.mask is None:
            return self.head(self.blocks(tokens)[:, 0])
        attention = self.blocks[0].self_attention
        return self.head(attention(tokens, tokens, tokens, attn_mask=self.mask, need_weights=False)[0][:, 0])


def test_heads_and_rollout_equal_a_second_derivation():
    model, images = Vision().eval(), torch.randn(2, 1, 4, 4)
    maps = read_gates(model, images)
    found, _ = seen(model, images)
    rolled = [np.eye(5), np.eye(5)]
    for path, (module, tokens, _) in found.items():
        made = (tokens @ module.in_proj_weight.T + module.in_proj_bias).detach().numpy().astype(float)
        query, key, _ = made.reshape(2, 5, 3, 2, 8).transpose(2, 0, 3, 1, 4)  # 2 images, 2 heads, 5 tokens, 8 wide
        for image in range(2):
            powers = np.exp(query[image] @ key[image].transpose(0, 2, 1) / 8**0.5)
            weights = powers / powers.sum(2, keepdims=True)
            np.testing.assert_allclose(maps.heads[path][image].flatten(1), weights[:, 0, 1:], atol=1e-6)
            step = 0.5 * weights.mean(0) + 0.5 * np.eye(5)
            rolled[image] = step / step.sum(1, keepdims=True) @ rolled[image]
    assert maps.heads.keys() == found.keys() and len(found) == 2
    np.testing.assert_allclose(maps.rollout.flatten(1), [each[0, 1:] for each in rolled], atol=1e-6)


@pytest.mark.parametrize(("name", "asks"), list(zip(NETWORKS, (True, True, False), strict=True)))
def test_what_is_shown_is_of_the_class_token_or_of_all_patches_where_nobody_reads_one(networks, name, asks):
    model, images = networks[name]
    maps, (found, _) = read_gates(model, images), seen(model, images)
    for path, (module, tokens, _) in found.items():
        with torch.no_grad():
            weights = recompute(module, tokens)[0]
        expected = weights[:, :, 0, 1:] if asks else weights[:, :, 1:, 1:].mean(2)
        torch.testing.assert_close(maps.heads[path].flatten(2), expected)
    assert maps.asks == ("class" if asks else "patches")
    assert maps.rollout is not None and maps.rollout.shape == maps.heads[path][:, 0].shape
    assert not any("text" in path for path in maps.heads)


def test_attention_under_a_mask_is_not_shown_as_if_there_were_none():
    blind = torch.zeros(5, 5).masked_fill(torch.eye(5).bool(), float("-inf"))
    model, images = Vision(blind).eval(), torch.randn(2, 1, 4, 4)
    maps = read_gates(model, images)
    assert not maps.heads and maps.rollout is None and has_attention(model)


def test_a_network_of_convolutions_has_no_self_attention():
    model = build_model(resolve({"model": {"depth": 8}}), 3, 5, 32)
    assert not has_attention(model) and not read_gates(model, torch.zeros(1, 3, 32, 32)).heads


def test_looking_changes_neither_the_answer_nor_a_training(networks):
    model, images = networks["clip"]
    model.train()
    before = copy.deepcopy(model.state_dict())
    modes, random = [module.training for module in model.modules()], torch.get_rng_state()
    maps = read_gates(model, images)
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(maps.logits, seen(model, images)[1])


def test_a_run_keeps_every_head_and_the_rollout_and_of_very_many_numbers_their_mean(networks, tmp_path):
    folder = all_runs.create(tmp_path / "Läufe 运行", {}, {})
    model, images = networks["clip"]
    maps = read_gates(model, images)
    gates.save(folder, 7, maps, {"epoch": 1, "stage": 0, "why": "epoch"})
    with np.load(folder.map_file(7)) as arrays:
        assert set(arrays.files) == {*(f"{path}/heads" for path in maps.heads), "rollout", "probabilities"}
        for path, heads in maps.heads.items():
            np.testing.assert_allclose(arrays[f"{path}/heads"], heads, atol=5e-4)
        np.testing.assert_allclose(arrays["rollout"], maps.rollout, atol=5e-4)
    heads = next(iter(maps.heads.values()))
    assert mean_of_heads(heads, heads.numel()) is heads
    torch.testing.assert_close(mean_of_heads(heads, heads.numel() - 1), heads.mean(1, keepdim=True))
