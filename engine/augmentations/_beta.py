"""Random shares for augmentations that mix images."""

import torch
from torch import Tensor


def beta(alpha: float, generator: torch.Generator) -> Tensor:
    """A number drawn from Beta(alpha, alpha): a scalar on the generator's device (mps: on the CPU).

    x = g / (g + h) of two Gamma(alpha) numbers, in logarithms: for a small alpha both would underflow to 0.
    """
    if generator.device.type == "mps":  # has neither float64 nor gamma numbers
        seed = int(torch.randint(2**31 - 1, (), generator=generator, device="mps"))
        generator = torch.Generator().manual_seed(seed)
    shape = torch.full((2,), alpha + 1, dtype=torch.float64, device=generator.device)
    boost = torch.rand(2, dtype=torch.float64, generator=generator, device=generator.device).log() / alpha
    logarithms = torch._standard_gamma(shape, generator).log() + boost  # Gamma(a) = Gamma(a + 1) * U^(1/a)
    return logarithms.softmax(0)[0].float()
