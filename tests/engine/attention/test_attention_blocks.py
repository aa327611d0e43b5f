"""Every attention block scales its input by exactly the gates that it shows, and is the block of its paper."""

import pytest
import torch
import torch.nn.functional as F
from timm.layers import EcaModule
from torch import Tensor, nn

from engine import catalog
from engine.attention import bam, coordinate, eca, se

NAMES = [name for name in catalog.names("attention") if name != "none"]
CASES = [(name, options) for name in NAMES for options in getattr(catalog.load("attention", name), "EXAMPLES", [{}])]


def make(name: str, channels: int = 32, **options: object) -> nn.Module:
    torch.manual_seed(0)
    part = catalog.load("attention", name)
    return part.build(part.Options(**options), channels)


def scaled(x: Tensor, gates: dict[str, Tensor]) -> Tensor:
    """What comes out if the gates are all there is."""
    if "gate" in gates:
        return x * (1 + gates["gate"])
    for key, shape in {"channel": (..., None, None), "height": (..., None), "width": (..., None, slice(None))}.items():
        if key in gates:
            x = x * gates[key][shape]
    return x * gates["spatial"] if "spatial" in gates and "height" not in gates else x


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("training", [True, False])
def test_output_is_the_input_scaled_by_the_gates(name: str, options: dict, training: bool) -> None:
    block = make(name, **options).train(training)
    x = torch.randn(4, 32, 7, 5)
    gates = block.gates(x)
    out = block(x)
    assert out.shape == x.shape
    assert (out - scaled(x, gates)).abs().max() <= 1e-6
    assert all(((gate > 0) & (gate < 1)).all() for gate in gates.values())


@pytest.mark.parametrize(("name", "options"), CASES)
def test_gates_have_the_shapes_that_the_maps_read(name: str, options: dict) -> None:
    gates = make(name, **options).gates(torch.randn(4, 32, 7, 5))
    shapes = {
        "channel": (4, 32),
        "spatial": (4, 1, 7, 5),
        "gate": (4, 32, 7, 5),
        "height": (4, 32, 7),
        "width": (4, 32, 5),
    }
    assert {"channel", "spatial"} & set(gates)
    assert {key: tuple(gate.shape) for key, gate in gates.items()} == {key: shapes[key] for key in gates}


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("channels", [1, 3, 64])
def test_gradients_reach_every_parameter_at_every_width(name: str, options: dict, channels: int) -> None:
    block = make(name, channels, **options)
    block(torch.randn(8, channels, 6, 6)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in block.parameters())


@pytest.mark.parametrize(("name", "options"), CASES)
def test_one_image_can_be_looked_at(name: str, options: dict) -> None:
    block = make(name, **options).eval()
    x = torch.randn(3, 32, 4, 4)
    for key, gate in block.gates(x[:1]).items():
        torch.testing.assert_close(gate, block.gates(x)[key][:1])


def test_se_is_the_formula_of_its_paper() -> None:
    block = make("se", 32, reduction=4)
    x = torch.randn(2, 32, 5, 5)
    hidden = F.linear(x.mean((2, 3)), block.fc1.weight[:, :, 0, 0], block.fc1.bias).relu()
    expected = F.linear(hidden, block.fc2.weight[:, :, 0, 0], block.fc2.bias).sigmoid()
    torch.testing.assert_close(block.gates(x)["channel"], expected)
    assert sum(p.numel() for p in se.build(se.Options(), 64).parameters()) == 2 * 64 * 4 + 4 + 64


@pytest.mark.parametrize("channels", [16, 64, 512, 2048])
def test_eca_equals_timm(channels: int) -> None:
    block, reference = eca.build(eca.Options(), channels), EcaModule(channels)
    assert block.conv.kernel_size == reference.conv.kernel_size
    reference.conv.load_state_dict(block.conv.state_dict())
    x = torch.randn(2, channels, 4, 4)
    torch.testing.assert_close(block(x), reference(x))


def test_bam_is_the_formula_of_its_authors() -> None:
    block = bam.build(bam.Options(reduction=8), 32).eval()
    x = torch.randn(2, 32, 9, 9)

    def normed(norm: nn.Module, y: Tensor) -> Tensor:
        return F.batch_norm(y, norm.running_mean, norm.running_var, norm.weight, norm.bias).relu()

    channel, spatial = block.channel, block.spatial
    per_channel = F.linear(
        normed(channel.bn, F.linear(x.mean((2, 3)), channel.fc1.weight, channel.fc1.bias)),
        channel.fc2.weight, channel.fc2.bias,
    )  # fmt: skip
    y = normed(spatial.bn, F.conv2d(x, spatial.reduce.weight, spatial.reduce.bias))
    for around in (spatial.around1, spatial.around2):
        y = normed(around.bn, F.conv2d(y, around.conv.weight, around.conv.bias, padding=4, dilation=4))
    per_place = F.conv2d(y, spatial.join.weight, spatial.join.bias)
    gate = (per_channel[:, :, None, None] * per_place).sigmoid()
    torch.testing.assert_close(block(x), x + x * gate)
    block.combine = "sum"
    torch.testing.assert_close(block(x), x + x * (per_channel[:, :, None, None] + per_place).sigmoid())


def test_coordinate_attention_is_the_formula_of_its_paper() -> None:
    block = coordinate.build(coordinate.Options(reduction=2), 32).eval()
    x = torch.randn(2, 32, 6, 4)

    def gate(means: Tensor, last: nn.Module) -> Tensor:  # (B, C, L)
        y = torch.einsum("hc,bcl->bhl", block.conv.weight[:, :, 0, 0], means) + block.conv.bias[:, None]
        y = y / (1 + block.bn.eps) ** 0.5
        y = y * (y + 3).clamp(0, 6) / 6
        return (torch.einsum("ch,bhl->bcl", last.weight[:, :, 0, 0], y) + last.bias[:, None]).sigmoid()

    gates = block.gates(x)
    torch.testing.assert_close(gates["height"], gate(x.mean(3), block.height))
    torch.testing.assert_close(gates["width"], gate(x.mean(2), block.width))
    product = gates["height"][..., None] * gates["width"][:, :, None]
    torch.testing.assert_close(gates["spatial"][:, 0], product.mean(1))
    torch.testing.assert_close(block(x), x * product)


def test_coordinate_attention_never_is_narrower_than_eight() -> None:
    assert coordinate.build(coordinate.Options(), 32).conv.out_channels == 8
    assert coordinate.build(coordinate.Options(), 512).conv.out_channels == 16
