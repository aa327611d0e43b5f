"""Augmentations of other libraries that take one picture at a time, for whole batches."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from PIL import Image
from torch import Tensor

Transform = Callable[[Image.Image], Image.Image]


def each_picture(images: Tensor, generator: torch.Generator, transform: Transform) -> Tensor:
    """Every image through a transform of RGB pictures, which draws its randomness from the generator.

    images: (B, 1 or 3, H, W) in [0, 1], rounded to 256 steps as pictures are; grey ones are shown as RGB.
    """
    pictures = images.mul(255).round().byte().permute(0, 2, 3, 1).expand(-1, -1, -1, 3).cpu().numpy()
    with drawing_from(generator):
        changed = np.stack([np.asarray(transform(Image.fromarray(picture))) for picture in pictures])
    result = torch.from_numpy(changed).to(images).permute(0, 3, 1, 2)[:, : images.shape[1]]
    return result.div(255).contiguous(memory_format=torch.channels_last)


@contextmanager
def drawing_from(generator: torch.Generator) -> Iterator[None]:
    """Inside, the common generators of Python, NumPy and torch begin from a number of ours; outside nothing changes."""
    seed = int(torch.randint(2**31 - 1, (), generator=generator, device=generator.device))
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        np.random.seed(seed)
        torch.random.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)
