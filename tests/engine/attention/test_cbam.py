"""CBAM scales its input by exactly the gates that it shows."""

import pytest
import torch
from torch import nn

from engine.attention import cbam

VARIANTS = ["seed_002", "paper"]


def build(channels: int = 32, **options: object) -> nn.Module:
    torch.manual_seed(0)
    return cbam.build(cbam.Options(**options), channels)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("training", [True, False])
def test_output_is_the_input_times_its_gates(variant: str, training: bool) -> None:
    block = build(variant=variant).train(training)
    x = torch.randn(4, 32, 7, 5)
    gates = block.gates(x)
    assert gates["channel"].shape == (4, 32) and gates["spatial"].shape == (4, 1, 7, 5)
    expected = x * gates["channel"][:, :, None, None] * gates["spatial"]
    assert (block(x) - expected).abs().max() <= 1e-6
    assert all(((gate > 0) & (gate < 1)).all() for gate in gates.values())


def test_spatial_gate_of_the_paper_starts_at_exactly_one_half() -> None:
    block = build(variant="paper")
    assert (block.gates(torch.randn(4, 32, 6, 6))["spatial"] == 0.5).all()


def test_spatial_gate_of_seed_002_differs_from_place_to_place_from_the_start() -> None:
    assert build(variant="seed_002").gates(torch.randn(4, 32, 6, 6))["spatial"].std() > 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_spatial_gate_sees_what_the_channel_gate_left(variant: str) -> None:
    block = build(variant=variant).eval()
    nn.init.ones_(block.spatial.bn.weight) if variant == "paper" else None
    x = torch.randn(2, 32, 6, 6)
    gates = block.gates(x)
    assert torch.equal(gates["spatial"], block.spatial(x * gates["channel"][:, :, None, None]))
    assert not torch.allclose(gates["spatial"], block.spatial(x))


@pytest.mark.parametrize(("variant", "first", "second"), [("paper", "max", "mean"), ("seed_002", "mean", "max")])
def test_order_of_the_maps_is_that_of_the_original(variant: str, first: str, second: str) -> None:
    gate = build(variant=variant).spatial
    seen = []
    gate.conv.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    x = torch.randn(2, 32, 6, 6)
    gate(x)
    maps = {"mean": x.mean(1), "max": x.amax(1)}
    assert torch.equal(seen[0], torch.stack([maps[first], maps[second]], 1))


@pytest.mark.parametrize("variant", VARIANTS)
def test_maximum_and_mean_share_one_network(variant: str) -> None:
    """An input that is the same everywhere has mean = maximum, so the gate is the sigmoid of twice the network."""
    gate = build(variant=variant).channel
    values = torch.randn(3, 32)
    torch.testing.assert_close(gate(values[:, :, None, None].expand(3, 32, 4, 4)), (2 * gate.fc(values)).sigmoid())


@pytest.mark.parametrize(("variant", "channels"), [("paper", 64), ("seed_002", 64), ("paper", 8), ("seed_002", 8)])
def test_number_of_parameters_follows_the_formula(variant: str, channels: int) -> None:
    hidden = max(1, channels // 16)  # never narrower than one
    biases_and_norm = hidden + channels + 2 if variant == "paper" else 0
    parameters = sum(p.numel() for p in build(channels, variant=variant).parameters())
    assert parameters == 2 * channels * hidden + 98 + biases_and_norm


@pytest.mark.parametrize("variant", VARIANTS)
def test_gradients_reach_every_parameter(variant: str) -> None:
    block = build(variant=variant)
    block(torch.randn(4, 32, 6, 6)).square().sum().backward()
    still = {name for name, parameter in block.named_parameters() if not parameter.grad.any()}
    assert still == ({"spatial.conv.weight"} if variant == "paper" else set())  # behind the zero of its BatchNorm
