"""A network without numbers runs faster where its BatchNorm is left out."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def passing_norms(model: nn.Module) -> Iterator[None]:
    """Inside, BatchNorm passes its input on. It changes no shape and is not counted, but without numbers torch needs
    15 ms for each, which is most of the time for a network of a thousand layers."""
    norms = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        vars(norm)["forward"] = lambda x: x
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)["forward"]
