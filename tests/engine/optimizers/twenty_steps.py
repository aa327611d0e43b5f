"""Twenty steps of a small network, and the gradients that they used."""

import torch
from torch import Tensor, nn

STEPS = 20
RATE, DECAY = 0.02, 0.01


def network(last_bias: float = 0.0) -> nn.Module:
    """A last bias of 0 is shorter than LARS's threshold."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
    nn.init.constant_(net[2].bias, last_bias)
    return net


def trained(
    part, options: dict, factors: list[float], last_bias: float = 0.0
) -> tuple[list[Tensor], list[list[Tensor]]]:
    """The weights after 20 steps, the rate of each multiplied by its factor, and the gradients that were used."""
    net = network(last_bias)
    group = {"params": list(net.parameters()), "lr": RATE, "weight_decay": DECAY, "part": "all", "base_rate": RATE}
    optimizer = part.build(part.Options(**options), [group])
    gradients = []
    images = torch.randn(STEPS, 16, 6, generator=torch.Generator().manual_seed(1))
    for batch, factor in zip(images, factors, strict=True):
        optimizer.param_groups[0]["lr"] = RATE * factor
        optimizer.zero_grad()
        net(batch).square().mean().backward()
        gradients.append([parameter.grad.clone() for parameter in net.parameters()])
        optimizer.step()
    return [parameter.detach() for parameter in net.parameters()], gradients


FALLING = [1 - step / STEPS for step in range(STEPS)]
