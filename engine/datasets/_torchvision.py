"""Standard data sets through torchvision, downloaded once, with progress and locked against a second download."""

import hashlib
import os
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock, Timeout
from torchvision.datasets import CIFAR10, MNIST, VisionDataset

from engine.datasets._dataset import MemorySplit
from engine.datasets._pace import EVERY, Pace

Progress = Callable[[str], None]
Kind = type[MNIST] | type[CIFAR10]
Loaded = tuple[MemorySplit, MemorySplit, list[str]]


def load_splits(kind: Kind, folder: Path, progress: Progress, size: str) -> Loaded:
    """Training images, test images and class names of a data set of torchvision, downloaded into folder if absent.

    size: what the download weighs, for the messages. Raises ValueError, telling what to do by hand, if it fails.
    """
    loaded = read(kind, folder)
    if loaded is None:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{kind.__name__}.lock")
        _wait_for(lock, lambda: progress(f"{kind.__name__}: waiting for another download of it into {folder}"))
        try:
            loaded = read(kind, folder) or download(kind, folder, progress, size)
        finally:
            lock.release()
    return loaded


def _wait_for(lock: FileLock, tell: Callable[[], None]) -> None:
    """Take the lock; as long as another process has it, tell so now and then."""
    timeout = 0.0
    while True:
        try:
            lock.acquire(timeout=timeout)
            return
        except Timeout:
            tell()
            timeout = EVERY


def read(kind: Kind, folder: Path, download: bool = False) -> Loaded | None:
    """The data set in a folder; None if it is not there whole. download=True checks and unpacks fetched files first."""
    try:
        train, test = kind(folder, train=True, download=download), kind(folder, train=False)
    except RuntimeError:  # torchvision: "Dataset not found or corrupted"
        return None
    return to_split(train), to_split(test), list(train.classes)


def to_split(dataset: VisionDataset) -> MemorySplit:
    images = torch.as_tensor(np.asarray(dataset.data))
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2).contiguous()
    return MemorySplit(images, torch.as_tensor(dataset.targets))


def download(kind: Kind, folder: Path, progress: Progress, size: str) -> Loaded:
    """The data set after fetching all its files and letting torchvision check and unpack them."""
    files = files_of(kind, folder)
    try:
        for addresses, path, md5 in files:
            fetch(addresses, path, md5, progress)
        loaded = read(kind, folder, download=True)  # finds the files whole, so it only unpacks them
        if loaded is None:
            raise OSError("the files do not unpack to what they should be")
        return loaded
    except OSError as error:
        listed = "".join(f"\n  {addresses[0]} to {path}" for addresses, path, _ in files)
        raise ValueError(
            f"{kind.__name__} ({size}) could not be downloaded into {folder} ({error}). "
            f"Try again, or download by hand and start again:{listed}"
        ) from error


def files_of(kind: Kind, folder: Path) -> list[tuple[list[str], Path, str]]:
    """For each file of a data set: where it can be had, where torchvision expects it, and its md5."""
    if issubclass(kind, MNIST):
        raw = folder / kind.__name__ / "raw"
        return [([mirror + name for mirror in kind.mirrors], raw / name, md5) for name, md5 in kind.resources]
    return [([kind.url], folder / kind.filename, kind.tgz_md5)]


def fetch(addresses: list[str], path: Path, md5: str, progress: Progress) -> None:
    """Download a file from the first address that answers, unless it is there whole. Raises OSError if none does."""
    if path.exists() and hashlib.md5(path.read_bytes()).hexdigest() == md5:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for address in addresses:
        try:
            copy(address, path, md5, progress)
            return
        except (OSError, HTTPException) as error:
            failures.append(f"{address}: {error}")
            progress(failures[-1])
    raise OSError("; ".join(failures))


def copy(address: str, path: Path, md5: str, progress: Progress) -> None:
    """Download one address to path, which appears only when it is whole."""
    progress(f"downloading {address} to {path}")
    partial = path.with_name(path.name + ".part")
    digest, received = hashlib.md5(), 0
    with urllib.request.urlopen(address, timeout=30) as answer, partial.open("wb") as file:
        total = int(answer.headers.get("Content-Length") or 0)
        pace = Pace(total)
        while chunk := answer.read(1 << 20):
            file.write(chunk)
            digest.update(chunk)
            received += len(chunk)
            if pace.due(received):
                progress(f"{path.name}: {100 * received // total} % of {total / 1e6:.1f} MB" if total else
                         f"{path.name}: {received / 1e6:.1f} MB")  # fmt: skip
    if digest.hexdigest() != md5:
        partial.unlink()
        raise OSError("what came is damaged (md5 differs)")
    os.replace(partial, path)
