"""Look into a model without leaving a trace: a training that goes on afterwards is the same, bit for bit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


@contextmanager
def state_preserved(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; afterwards, also after an exception, everything is as it was.

    That is: the mode of every module (frozen BatchNorm stays frozen), which parameters need gradients, the gradients
    themselves, and the random states of the CPU and of the model's device.
    """
    modes = [(module, module.training) for module in model.modules()]
    needs = [(parameter, parameter.requires_grad, parameter.grad) for parameter in model.parameters()]
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    elsewhere = [] if device.type == "cpu" else [device]
    with torch.random.fork_rng(elsewhere, device_type=device.type if elsewhere else "cuda"):
        try:
            model.eval()
            yield
        finally:
            for module, training in modes:
                module.training = training
            for parameter, needs_gradient, gradient in needs:
                parameter.requires_grad_(needs_gradient)
                parameter.grad = gradient


@contextmanager
def hooked(modules: dict[str, nn.Module], see: Callable[[str, nn.Module, Any, Any], Any]) -> Iterator[None]:
    """Inside, see(path, module, inputs, output) is called after each forward of a module; no hook is left behind.

    What `see` returns, if not None, takes the place of the output.
    """
    handles = []
    try:
        for path, module in modules.items():
            hook = lambda module, inputs, output, path=path: see(path, module, inputs, output)  # noqa: E731
            handles.append(module.register_forward_hook(hook))
        yield
    finally:
        for handle in handles:
            handle.remove()
