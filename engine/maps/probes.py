"""The images whose attention is watched: one of each class in turn."""

import torch
from torch import Tensor


def probe_indices(targets: Tensor, count: int) -> Tensor:
    """Indices of `count` images, one of each class in turn: the same ones for every run on the same data."""
    members = [(targets == label).nonzero().flatten().tolist() for label in targets.unique()]
    turns = [m[turn] for turn in range(max(map(len, members), default=0)) for m in members if turn < len(m)]
    return torch.tensor(turns[:count], dtype=torch.long)
