"""Every attention block scales its input by exactly the gates that it shows, and is the block of its paper."""

import pytest
import torch
from torch import Tensor, nn

from engine import catalog

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
