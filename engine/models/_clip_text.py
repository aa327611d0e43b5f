"""Sentences about classes, and the zero-shot classifier that a text tower makes of them.

Radford et al. 2021, https://arxiv.org/abs/2103.00020; as open_clip's build_zero_shot_classifier.
"""

import re
from typing import Any

import open_clip
import torch
import torch.nn.functional as F
from torch import Tensor, nn

CAMEL = re.compile(r"(?:[A-Z][a-z]+){2,}")


def check_names(names: list[str]) -> None:
    """Raise ValueError where a zero-shot classifier cannot be made of these class names."""
    if len(names) < 2:
        raise ValueError(f"model clip tells classes apart by their names and needs at least two, not {len(names)}")
    blank = [number for number, name in enumerate(names, 1) if not name.strip()]
    if blank:
        raise ValueError(f"class_names: class {blank[0]} has no name; model clip needs one for its sentences")


def spoken(names: list[str]) -> list[str]:
    """Class names as words of a sentence, where they are names of folders: ImageNet's numbers, a_b and AbCd."""
    if len(names) == len(open_clip.IMAGENET_CLASSNAMES) and all(re.fullmatch(r"n\d{8}", name) for name in names):
        return list(open_clip.IMAGENET_CLASSNAMES)  # in the order of the numbers, as folders are
    words = [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) if CAMEL.fullmatch(name) else name for name in names]
    return [name.replace("_", " ") for name in words]


def tokens(names: list[str], templates: list[str], context: int) -> Tensor:
    """Every template filled in with every name, as token numbers: (K, T, context)."""
    tokenizer = open_clip.SimpleTokenizer(context_length=context)
    sentences = [template.format(name) for name in names for template in templates]
    return tokenizer(sentences).view(len(names), len(templates), context)


def class_rows(text: open_clip.CLIP, sentences: Tensor) -> Tensor:
    """The rows of the zero-shot classifier: for each class the mean of its sentences' features, of length one.

    Shapes: sentences (K, T, context) to (K, D).
    """
    features = torch.stack([text.encode_text(each, normalize=True).mean(0) for each in sentences])
    return F.normalize(features, dim=1)


class HashedEmbedding(nn.Embedding):
    """An embedding for more tokens than it has rows: tokens share rows (Weinberger et al. 2009).

    With few words in use, few collide, and the tables of a small text tower stay small.
    """

    def forward(self, numbers: Tensor) -> Tensor:
        return super().forward(numbers % self.num_embeddings)


class ZeroShotHead(nn.Module):
    """Similarity of an image to each class: scale times the cosine between feature and row.

    The scale is that of the text tower, whose temperature it is; it does not train. raw_rows: whether rows count at the
    length that training gave them, as MUST's do, and not at length one. It is kept with the weights, as they mean
    nothing without it.
    """

    scale: Tensor
    raw_rows: Tensor

    def __init__(self, width: int, classes: int, scale: float = 100.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(F.normalize(torch.randn(classes, width), dim=1))
        self.register_buffer("scale", torch.tensor(scale))
        self.register_buffer("raw_rows", torch.tensor(False))

    def forward(self, features: Tensor) -> Tensor:
        """Features of length one, (B, D), to logits (B, K)."""
        unit = F.normalize(self.weight, dim=1)
        return self.scale * features @ torch.where(self.raw_rows, self.weight, unit).T

    @torch.no_grad()
    def use_raw_rows(self) -> None:
        """Let rows count at their own length from now on, beginning with length one."""
        self.weight.copy_(torch.where(self.raw_rows, self.weight, F.normalize(self.weight, dim=1)))
        self.raw_rows.fill_(True)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *more: Any) -> None:
        """Weights of before raw_rows was kept have rows of length one."""
        usual = {f"{prefix}raw_rows": torch.tensor(False)} if f"{prefix}weight" in state_dict else {}
        super()._load_from_state_dict(usual | dict(state_dict), prefix, *more)
