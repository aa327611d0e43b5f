"""Checkpoints: whole or absent, verified before use, and never with a weight that is not finite.

A checkpoint is a folder written under a temporary name and renamed into place. Weights are .safetensors; what continues
a training is a .pt file that loads with weights_only=True, so nothing that is loaded can run code.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as safetensors_of
from torch import Tensor, nn

from engine.messages.causes import cause_of
from engine.messages.coded_error import CodedError, NotFinite
from engine.runs import files, plain_files
from engine.runs.checkpoint_folder import CheckpointFolder
from engine.runs.plain_files import opened
from engine.runs.run_folder import RunFolder
from engine.training import weight_refusals
from engine.training.weight_names import open_containers

SAVED_BY_TORCH = (".pth", ".pt", ".ckpt", ".bin", ".pth.tar")
PASSING = ("last", "best", "stop")  # a newer checkpoint of the same kind takes the name over


def save(folder: RunFolder, model: nn.Module, training: dict, about: dict, kept_as: list[str]) -> CheckpointFolder:
    """Save weights and training state under the iteration in `about`, and drop checkpoints that nothing keeps.

    kept_as: why it is kept: last, best, stop (one each), stage_end, epoch (all stay).
    Raises FloatingPointError, and saves nothing, if a weight is not finite.
    """
    old, checkpoint = _places(folder, about["iteration"])
    kept_as = sorted({*kept_as, *old.about().get("kept_as", [])})
    weights = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    for name, value in weights.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise NotFinite(f"{name} is not finite, so no checkpoint was written", "not_finite.weight")
    plain_files.make_folder(folder.checkpoints)
    unfinished = CheckpointFolder(folder.checkpoints / f".unfinished-{os.getpid()}")
    shutil.rmtree(unfinished.path, ignore_errors=True)
    unfinished.path.mkdir(parents=True)
    with _telling_size((weights, training)):
        files.write_durably(unfinished.weights_file, lambda file: file.write(safetensors_of(weights)))
        files.write_durably(unfinished.training_file, lambda file: _save(training, file))
    sums = {path.name: _sha256(path) for path in (unfinished.weights_file, unfinished.training_file)}
    about = about | {"kept_as": kept_as, "time": time.time(), "sha256": sums}
    files.replace_json(unfinished.about_file, about, durable=True)
    files.sync_folder(unfinished.path)
    files.move(unfinished.path, checkpoint.path)
    files.sync_folder(folder.checkpoints)  # before others go: a power cut must not take both
    _remove(old)
    _thin(folder, checkpoint, kept_as)
    return checkpoint


@contextmanager
def _telling_size(content: Any) -> Iterator[None]:
    """Where there is no room for a checkpoint, let the error know how much it takes."""
    try:
        yield
    except OSError as error:
        if cause_of(error) in ("disk_full", "quota"):
            vars(error)["needed"] = _bytes_of(content)  # read by engine/runs/disk_facts.py
        raise


def _bytes_of(content: Any) -> int:
    """What the tensors take that stand in it at any depth."""
    if isinstance(content, Tensor):
        return content.nbytes
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list | tuple) else ()
    return sum(map(_bytes_of, inner))


def _save(training: dict, file: IO[bytes]) -> None:
    try:
        torch.save(training, file)
    except RuntimeError as error:
        raise (error.__context__ or error) from None  # as the file said it: no space left


def _places(folder: RunFolder, iteration: int) -> tuple[CheckpointFolder, CheckpointFolder]:
    """Where an earlier checkpoint of this iteration stands, if there is one, and where the new one goes beside it."""
    first = folder.checkpoint(iteration)
    again = CheckpointFolder(first.path.with_name(f"{first.name}-again"))
    if first.path.is_dir() and again.path.is_dir():  # a kill came between; both are whole
        _remove(again)
    return (first, again) if first.path.is_dir() else (again, first)


def _thin(folder: RunFolder, newest: CheckpointFolder, kept_as: list[str]) -> None:
    """Take the names that the newest checkpoint took over from the others; remove what nothing keeps."""
    for other in folder.checkpoint_list():
        about = other.about()
        kept = [why for why in about.get("kept_as", []) if why not in PASSING or why not in kept_as]
        if other.name == newest.name or kept == about.get("kept_as"):
            continue
        if kept:
            files.replace_json(other.about_file, about | {"kept_as": kept})
        else:
            _remove(other)
    clear_unfinished(folder)


def clear_unfinished(folder: RunFolder) -> None:
    """Remove what a killed writer left of checkpoints that it wrote or took away."""
    for name in plain_files.folder_names(folder.checkpoints):
        if name.startswith(".unfinished-"):
            shutil.rmtree(folder.checkpoints / name, ignore_errors=True)


def _remove(checkpoint: CheckpointFolder) -> None:
    """Out of sight in one step, then deleted: a reader never finds half a checkpoint."""
    if checkpoint.path.is_dir():
        grave = checkpoint.path.with_name(f".unfinished-{checkpoint.name}")
        shutil.rmtree(grave, ignore_errors=True)
        files.move(checkpoint.path, grave)
        shutil.rmtree(grave, ignore_errors=True)


def load_weights(checkpoint: CheckpointFolder) -> dict[str, Tensor]:
    """The weights by parameter name. Raises ValueError that names the file if it is missing, cut or changed."""
    _verify(checkpoint, checkpoint.weights_file)
    return _read_safetensors(checkpoint.weights_file)


def load_training(checkpoint: CheckpointFolder) -> dict:
    """What continues the training. Raises ValueError that names the file if it is missing, cut or changed."""
    _verify(checkpoint, checkpoint.training_file)
    return _read_pickle(checkpoint.training_file)


def read_weights_file(path: Path) -> dict[str, Tensor]:
    """Weights from any .safetensors, .pth or .pt file. Raises ValueError as open_weights_file does."""
    return open_weights_file(path)[0]


def open_weights_file(path: Path) -> tuple[dict[str, Tensor], list[str], list[str]]:
    """Weights from any .safetensors file or one that torch saved; the keys inside which they were, such as
    `state_dict`, and those of what else is in the file.

    Raises ValueError that names the file: wrong kind, damaged, or holding anything but weights.
    """
    if path.suffix == ".safetensors":
        return _read_safetensors(path), [], []
    if not path.name.endswith(SAVED_BY_TORCH):
        raise CodedError("weights_kind", file=path.name)
    content, opened, left = open_containers(_read_pickle(path))
    named = content if isinstance(content, dict) else {None: content}
    weights = {name: value for name, value in named.items() if isinstance(name, str) and isinstance(value, Tensor)}
    if named and not weights:
        raise CodedError("weights_nameless", file=path.name)
    weight_refusals.check_plain(path.name, weights)
    return weights, opened, left + [str(name) for name in named if name not in weights]


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except OSError as error:
        raise weight_refusals.unopened(path, error) from error
    except SafetensorError as error:
        if text := weight_refusals.text_in(path):
            raise CodedError("weights_text", file=path.name, said=text) from error
        raise CodedError("weights_unreadable", file=path.name, said=str(error)) from error


def _read_pickle(path: Path) -> dict:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, *weight_refusals.DAMAGED) as error:
        raise weight_refusals.refusal(path, error) from error


def _verify(checkpoint: CheckpointFolder, path: Path) -> None:
    wanted = checkpoint.about().get("sha256", {}).get(path.name)
    if not path.is_file() or wanted is None:
        raise CodedError("checkpoint_missing", file=f"{checkpoint.name}/{path.name}")
    if _sha256(path) != wanted:
        raise CodedError("checkpoint_damaged", file=f"{checkpoint.name}/{path.name}")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with opened(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
