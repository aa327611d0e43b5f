"""Convolution, normalisation and preactivation written out once more, for what no library has."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine import catalog


def build(name: str, channels: int = 3, classes: int = 10, side: int = 64, **options: object) -> nn.Module:
    torch.manual_seed(0)
    part = catalog.load("models", name)
    return part.build(part.Options(**options), channels, classes, side)


def roughened(model: nn.Module) -> nn.Module:
    """In evaluation, with BatchNorms that do something."""
    generator = torch.Generator().manual_seed(3)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.running_var, module.weight):
                values.data.uniform_(0.5, 1.5, generator=generator)
            for values in (module.running_mean, module.bias):
                values.data.normal_(0, 0.3, generator=generator)
    return model.eval()


def norm(x: Tensor, module: nn.Module) -> Tensor:
    shape = (1, -1, 1, 1)
    scale = module.weight / (module.running_var + module.eps).sqrt()
    return x * scale.view(shape) + (module.bias - module.running_mean * scale).view(shape)


def conv(x: Tensor, module: nn.Module, stride: int = 1) -> Tensor:
    return F.conv2d(x, module.weight, stride=stride, padding=module.weight.shape[2] // 2)


def preact(x: Tensor, block: nn.Module, stride: int, shared: bool, first_relu: bool, last_norm: bool) -> Tensor:
    """Two or three convolutions with normalisation before each; what is added to them is not."""
    y = norm(x, block.bn1)
    y = y.relu() if first_relu or shared else y
    steps = [(block.conv1, stride), (block.conv2, 1)]
    if hasattr(block, "conv3"):
        steps = [(block.conv1, 1), (block.conv2, stride), (block.conv3, 1)]
    for number, (convolution, step) in enumerate(steps):
        y = conv(norm(y, getattr(block, f"bn{number + 1}")).relu() if number else y, convolution, step)
    return norm(y, block.last_bn) if last_norm else y
