"""Number formats and speed switches of a device, and what it cannot do or does slower."""

import os
import shutil
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine import hardware
from engine.config.run_config import RunConfig
from engine.models._norms import is_norm, overflows_in_16_bits

# What autocast computes in. Pure fp16 needs none: there the weights themselves are short.
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16, "pure_fp16": torch.float32}
FIRST_WITH_TENSOR_CORES = (7, 0)  # compute capability of NVIDIA's Volta; triton, which torch.compile uses, wants it too
FIRST_WITH_BF16 = (8, 0)  # of Ampere, which brought tf32 as well
UNKNOWN = (99, 0)  # a card that does not tell its capability is taken for a new one
COMPILERS = ("c++", "g++", "clang++", "cl")  # torch.compile needs one of them on a CPU

IN_32_BITS_BY_FIRST_RULE = (_BatchNorm, nn.LayerNorm, nn.GroupNorm)  # what pure fp16 once took for normalisation


def layout(config: RunConfig) -> torch.memory_format:
    """How images and weights lie in memory."""
    return torch.channels_last if config.channels_last else torch.contiguous_format


def set_switches(config: RunConfig, device: torch.device) -> list[str]:
    """Set the switches of the whole process; what people should be warned of.

    Raises ValueError for what the device cannot do at all.
    """
    format = "tf32" if config.tf32 else "ieee"
    torch.backends.cuda.matmul.fp32_precision = format
    torch.backends.cudnn.conv.fp32_precision = format  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = not config.deterministic
    if config.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else cuBLAS does not repeat
    torch.use_deterministic_algorithms(config.deterministic)
    return list(remarks(config, str(device)).values())


def remarks(config: RunConfig, device: str) -> dict[str, str]:
    """What the device does slower or less exactly than one might expect: a sentence under a short name for each.

    Asks no card through torch, which would take memory of it. Raises ValueError for what the device cannot do at all.
    """
    kind = device.partition(":")[0]
    found = {"cpu": _on_cpu, "cuda": _on_cuda, "mps": _on_mps}[kind](config, device)
    if config.precision == "pure_fp16":
        found["pure_fp16"] = (
            "Pure fp16 keeps the weights themselves in 16 bits and does not scale the loss: small gradients vanish. "
            "The published runs with large batches failed."
        )
    return found


def _on_cpu(config: RunConfig, device: str) -> dict[str, str]:
    found = {}
    if config.precision in ("fp16", "pure_fp16"):
        found["fp16_on_cpu"] = "fp16 is slower than fp32 on a CPU; it is meant for GPUs."
    if config.precision == "bf16" and torch.backends.cpu.get_cpu_capability() in ("DEFAULT", "AVX2"):
        found["bf16_on_cpu"] = (
            "This CPU computes bf16 in small steps of fp32, about twice as slow; fp32 is faster here."
        )
    if config.compile:
        if not any(map(shutil.which, COMPILERS)):
            raise ValueError(
                "compile: torch.compile needs a C++ compiler on a CPU, and none is installed; install one, or switch "
                "compile off"
            )
        found["compile_on_cpu"] = "torch.compile takes a minute or more to start and gains little on a CPU."
    return found


def _on_cuda(config: RunConfig, device: str) -> dict[str, str]:
    found = {}
    capability = hardware.compute_capability(device) or UNKNOWN
    if config.precision == "fp16" and capability < FIRST_WITH_TENSOR_CORES:
        found["fp16_on_old_gpu"] = (
            "This GPU has no tensor cores: fp16 saves memory, but is hardly faster than fp32 here."
        )
    if config.precision == "bf16" and capability < FIRST_WITH_TENSOR_CORES:
        found["bf16_without_tensor_cores"] = "This GPU has no bf16 of its own and is slow at it; fp32 is faster here."
    elif config.precision == "bf16" and capability < FIRST_WITH_BF16:
        found["bf16_on_old_gpu"] = "This GPU has no bf16 of its own and is slow at it; fp16 is faster here."
    if config.precision == "fp32" and config.tf32 and capability < FIRST_WITH_BF16:
        found["tf32_on_old_gpu"] = "This GPU has no tf32: fp32 is computed in full, and the setting changes nothing."
    if config.compile:
        _insist_on_triton(capability)
    if config.deterministic:
        found["deterministic_on_gpu"] = (
            "Deterministic mode repeats bit for bit and is slower on a GPU; it stops where an operation has no version "
            "that repeats."
        )
    return found


def _insist_on_triton(capability: tuple[int, int]) -> None:
    """Raise ValueError where torch.compile would stop at its first step."""
    if capability < FIRST_WITH_TENSOR_CORES:
        has, needs = (".".join(map(str, each)) for each in (capability, FIRST_WITH_TENSOR_CORES))
        raise ValueError(
            f"compile: torch.compile needs a GPU of compute capability {needs} or newer, and this one has {has}; "
            "switch compile off"
        )
    if not find_spec("triton"):
        raise ValueError(
            "compile: torch.compile needs the package triton on a GPU, and it is not installed; install it, or switch "
            "compile off"
        )


def _on_mps(config: RunConfig, device: str) -> dict[str, str]:
    found = {}
    if config.compile:
        found["compile_on_mps"] = "torch.compile is young on Apple GPUs and may stop at an operation it lacks."
    if config.deterministic:
        found["deterministic_on_mps"] = (
            "PyTorch's deterministic mode is made for processors and NVIDIA's GPUs; an Apple GPU may not repeat bit "
            "for bit."
        )
    return found


class InPureFp16:
    """A mixin for a network whose weights have 16 bits: images go in and answers come out as ever."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images.half()).float()  # type: ignore[misc]


def to_pure_fp16(model: nn.Module) -> None:
    """Pure fp16: weights, images and answers in between in 16 bits, normalisation layers and the final answer in 32.

    As the published rows of that name were made, so that what they show can be seen again. The model stays what it is
    but for its class, so that names and copies are as before. One that is in 16 bits already stays as it is.
    """
    if isinstance(model, InPureFp16):
        return
    model.half()
    for module in model.modules():
        if is_norm(module):
            module.float()
            compute_in_32_bits(module)
            module.register_forward_hook(lambda module, given, answer: answer.half())
    layer = type(model)
    model.__class__ = type(f"InPureFp16{layer.__name__}", (InPureFp16, layer), {})


def compute_in_32_bits(layer: nn.Module) -> None:
    """Give a layer its inputs in 32 bits."""
    if _in_32_bits not in layer._forward_pre_hooks.values():
        layer.register_forward_pre_hook(_in_32_bits)


def _in_32_bits(layer: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.float() if isinstance(value, Tensor) else value for value in given)


def keep_norms_from_overflow(model: nn.Module) -> None:
    """fp16: norms that are not one kernel of torch take 32 bits, as those of torch sum in."""
    for module in model.modules():
        if overflows_in_16_bits(module):
            compute_in_32_bits(module)


def leave_norms_in_16_bits(model: nn.Module) -> None:
    """fp16 as a training of an older rule of norms began it."""
    for module in model.modules():
        hooks = module._forward_pre_hooks
        for key in [key for key, hook in hooks.items() if hook is _in_32_bits]:
            del hooks[key]


def refuse_other_norms(model: nn.Module) -> None:
    """Raise ValueError where a training in pure fp16 that an older version saved kept a norm in 16 bits."""
    norms = [layer for layer in model.modules() if is_norm(layer)]
    others = sorted({type(layer).__name__ for layer in norms if not isinstance(layer, IN_32_BITS_BY_FIRST_RULE)})
    if others:
        raise ValueError(
            f"precision: this run was saved by a version that computed {', '.join(others)} in 16 bits in pure fp16; "
            "now they are in 32 bits, so it would not go on as it began; start a new run from its weights"
        )
