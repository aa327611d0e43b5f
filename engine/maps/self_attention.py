"""What the tokens of a transformer attend to: the weights of its own self-attention, block by block and head by head,
and their rollout over all blocks. Abnar & Zuidema 2020, https://arxiv.org/abs/2005.00928

Fused kernels keep no weights. They are computed anew from what a block was given, and shown only where they make the
output that the block really gave: where a mask or relative positions are at work as well, they would not.
"""

import math
from typing import Any, Literal

import torch.nn.functional as F
from torch import Tensor, nn

Asks = Literal["class", "patches"]
LARGEST_ERROR = 1e-2  # of the remade output, as a share of its largest number; TF32 alone makes 1e-3


def self_attentions(model: nn.Module) -> dict[str, nn.Module]:
    """The self-attention of torch (as in open_clip and torchvision) and of timm in a model, by module path."""
    return {path: module for path, module in model.named_modules() if _is_torchs(module) or _is_timms(module)}


def _is_torchs(module: nn.Module) -> bool:
    return isinstance(module, nn.MultiheadAttention) and module.in_proj_weight is not None


def _is_timms(module: nn.Module) -> bool:
    """Told by its pieces, so that timm need not be imported."""
    return type(module).__name__ == "Attention" and all(
        hasattr(module, name) for name in ("qkv", "q_norm", "k_norm", "norm", "gate", "proj", "num_heads")
    )


def recompute(module: Any, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The attention weights for tokens (B, N, W), and the output that they make.

    Shapes: weights (B, heads, N, N), whose rows sum to 1; output (B, N, W).
    """
    torchs = _is_torchs(module)
    made = F.linear(tokens, module.in_proj_weight, module.in_proj_bias) if torchs else module.qkv(tokens)
    query, key, value = made.unflatten(2, (3, module.num_heads, -1)).permute(2, 0, 3, 1, 4)  # (B, heads, N, D) each
    if not torchs:
        query, key = module.q_norm(query), module.k_norm(key)
    weights = (query @ key.transpose(2, 3) / math.sqrt(query.shape[3])).softmax(3)
    output = (weights @ value).transpose(1, 2).flatten(2)
    if torchs:
        return weights, module.out_proj(output)
    output = module.norm(output)
    return weights, module.proj(output if module.gate is None else output * module.gate(tokens).sigmoid())


class Watcher:
    """Sees the self-attention of one forward pass; `see` is to be called after each block's.

    heads: how much the class token attends to each patch, (B, heads, G, G) by module path. Where a network has no class
    token, or does not read it, it is the mean over the patches that attend; `asks` tells which. rollout: the same over
    all blocks, of the mean over heads, (B, G, G); None where blocks are left out or differ in their tokens. All in
    float32, on the CPU.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.heads: dict[str, Tensor] = {}
        self.asks: Asks = "class"
        self.rolled: Tensor | None = None
        self.is_whole = True

    @property
    def rollout(self) -> Tensor | None:
        return None if self.rolled is None or not self.is_whole else self.of_patches(self.rolled[:, None])[:, 0]

    def see(self, path: str, module: Any, inputs: Any, output: Any) -> None:
        output = output[0] if isinstance(output, tuple) else output
        tokens = inputs[0] if inputs else output
        if _is_torchs(module) and not module.batch_first:
            tokens, output = tokens.transpose(0, 1), output.transpose(0, 1)
        weights, made = recompute(module, tokens)
        error = (made - output).abs().amax()
        if error > LARGEST_ERROR * output.abs().amax() or not self.has_grid(weights.shape[3]):
            self.is_whole = False  # numbers that are not finite pass, and are said where they are shown
            return
        self.heads[path] = self.of_patches(weights)
        step = weights.mean(1) / 2
        step.diagonal(dim1=1, dim2=2).add_(0.5)  # half of each token passes by the block
        if self.rolled is None or self.rolled.shape == step.shape:
            self.rolled = step if self.rolled is None else step @ self.rolled
        else:
            self.is_whole = False

    def of_patches(self, weights: Tensor) -> Tensor:
        """Who attends to which patch, (B, heads, N, N), to what is attended to each, on the grid of the patches."""
        before = self.tokens_before(weights.shape[3])
        self.asks = "class" if self.reads_class_token(before) else "patches"
        rows = weights[:, :, 0] if self.asks == "class" else weights[:, :, before:].mean(2)
        side = math.isqrt(weights.shape[3] - before)
        return rows[:, :, before:].unflatten(2, (side, side)).float().cpu()

    def has_grid(self, count: int) -> bool:
        patches = count - self.tokens_before(count)
        return patches > 0 and math.isqrt(patches) ** 2 == patches

    def tokens_before(self, count: int) -> int:
        """How many of the tokens stand before those of the patches: the class token, and registers."""
        return getattr(self.model, "num_prefix_tokens", count - math.isqrt(count) ** 2)

    def reads_class_token(self, before: int) -> bool:
        reads = getattr(self.model, "global_pool", "token") == "token"
        return before > 0 and reads and getattr(self.model, "has_class_token", True)


def even_share(heads: Tensor) -> float:
    """What each patch would get if all got the same: 1 / (G * G). heads: (..., G, G)."""
    return 1 / (heads.shape[-1] * heads.shape[-2])


def mean_of_heads(heads: Tensor, most: int) -> Tensor:
    """The heads as they are, or their mean as the only one where they hold more than `most` numbers."""
    return heads if heads.numel() <= most else heads.mean(1, keepdim=True)
