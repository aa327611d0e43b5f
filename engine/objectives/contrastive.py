"""Contrastive: match images with their captions, as CLIP is trained. Radford et al. 2021,
https://arxiv.org/abs/2103.00020

The caption of an image is a sentence about its class, a template filled in at random. Captions about the same class
count as the same (Yang et al. 2022, https://arxiv.org/abs/2204.03610). Needs model clip with `text_tower: kept`.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from engine.objectives._objective import Losses, Objective, View
from engine.options import PartOptions

TARGETS = "one_class"  # each image is of one class
READS_FEATURES = True
MOST_SCALE = math.log(100)  # CLIP never compares more sharply than this


class Options(PartOptions):
    captions: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Weight of image-to-text against text-to-image retrieval. CLIP weighs both equally.",
    )


class Contrastive(Objective):
    def __init__(self, options: Options) -> None:
        weights = {"image_to_text": options.captions, "text_to_image": 1 - options.captions}
        self.weights = {name: weight for name, weight in weights.items() if weight}

    def losses(self, model: Any, *views: View) -> Losses:
        classes = views[0].targets.argmax(1)
        images = model.features(views[0].images).float()
        count, templates, _ = model.sentences.shape
        drawn = classes * templates + torch.randint(templates, classes.shape, device=classes.device)
        captions = drawn.unique()  # no caption is encoded twice
        sentences = model.sentences.flatten(0, 1)[captions]
        texts = model.text.encode_text(sentences, normalize=True).float()
        similar = model.text.logit_scale.clamp(max=MOST_SCALE).exp() * images @ texts.T
        same = (classes[:, None] == (captions // templates)[None]).float()
        components = {"image_to_text": soft_cross_entropy(similar, same),
                      "text_to_image": soft_cross_entropy(similar.T, same.T)}  # fmt: skip
        rows = images.new_zeros(count, texts.shape[1]).index_add(0, captions // templates, texts.detach())
        logits = images.detach() @ F.normalize(rows, dim=1).T
        return Losses({name: components[name] for name in self.weights}, self.weights, logits)

    def epoch_end(self, model: Any) -> list[str]:
        model.renew_head(model.text)
        return []


def soft_cross_entropy(logits: Tensor, same: Tensor) -> Tensor:
    """Cross-entropy with what is the same, in equal parts: (B, M) and (B, M) of zeros and ones to a scalar."""
    return -(logits.log_softmax(1) * same / same.sum(1, keepdim=True)).sum(1).mean()


def check(options: Options, model: Any) -> None:
    """Raise ValueError if the model has no text tower to train."""
    if "text" not in getattr(model, "parts", {}):
        raise ValueError("objective contrastive trains a text tower: choose model clip with text_tower: kept")


def build(options: Options, classes: int, start: dict[str, Tensor]) -> Objective:
    """The objective; the number of classes follows from the model's sentences."""
    return Contrastive(options)
