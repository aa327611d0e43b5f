"""A network of two parts and its training, step by step."""

import torch
from torch import Tensor, nn


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))


def groups(net: nn.Module) -> list[dict]:
    return [
        {"params": list(net[0].parameters()), "lr": 0.05, "weight_decay": 0.01, "part": "stem"},
        {"params": list(net[2].parameters()), "lr": 0.2, "weight_decay": 0.0, "part": "head"},
    ]


def train(net: nn.Module, optimizer: torch.optim.Optimizer, steps: int = 20) -> list[Tensor]:
    images = torch.randn(steps, 16, 6, generator=torch.Generator().manual_seed(1))
    for batch in images:
        optimizer.zero_grad()
        net(batch).square().mean().backward()
        optimizer.step()
    return list(net.parameters())
