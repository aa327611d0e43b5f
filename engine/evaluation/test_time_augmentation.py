"""Several looks at each image when a model is scored, their answers averaged (test-time augmentation).

Mirrored and shifted looks are weighted as in airbench (Jordan 2024, https://arxiv.org/abs/2404.00498): the two that are
shifted by a pixel count as much together as the one that is not.
"""

import torch.nn.functional as F
from torch import Tensor, nn


def logits(model: nn.Module, images: Tensor, looks: str) -> Tensor:
    """The model's answer (B, K) to normalised images (B, C, H, W). looks: one_view, flip or flip_and_shift."""
    if looks == "one_view":
        return model(images).float()
    seen = [(1.0, images)]
    if looks == "flip_and_shift":
        height, width = images.shape[2:]
        padded = F.pad(images, (1, 1, 1, 1), mode="reflect")
        seen = [(0.5, images), (0.25, padded[:, :, :height, :width]), (0.25, padded[:, :, 2:, 2:])]
    return sum(weight / 2 * (model(look).float() + model(look.flip(3)).float()) for weight, look in seen)
