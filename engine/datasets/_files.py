"""Image files on disk: found by class, checked, and kept decoded where they fit into memory."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from engine.datasets import _overwritten
from engine.datasets._conversion import converted
from engine.datasets._dataset import FileSplit, MemorySplit, Source, Split, decode, unreadable
from engine.datasets._open_pictures import DAMAGED, opened
from engine.datasets._pace import Pace
from engine.datasets._walk import files_in, folders_in, is_image

Progress = Callable[[str], None]
Files = dict[str, list[Path]]  # class name: its images
MEMORY_BYTES = 512 * 2**20


def list_classes(folder: Path, root: Path, suffixes: set[str], progress: Progress) -> Files:
    """The images in each folder inside a folder, at any depth, both in sorted order; hidden ones are left out, and
    links that lead out of the root. suffixes: of images."""
    classes: Files = {}
    pace = Pace()
    for class_folder in folders_in(folder, root):
        images: list[Path] = []
        for entry in files_in(class_folder, root):
            if is_image(entry, suffixes):
                images.append(Path(entry.path))
            if pace.due():
                progress(f"listing {class_folder}: {len(images):,} images")
        classes[class_folder.name] = sorted(images)
    return classes


def flatten(files: Files) -> tuple[list[Path], Tensor]:
    """All paths, class after class, and their class numbers (N,)."""
    counts = torch.tensor([len(paths) for paths in files.values()])
    return [path for paths in files.values() for path in paths], torch.arange(len(files)).repeat_interleave(counts)


def open_split(
    root: Path,
    paths: list[Path],
    targets: Tensor,
    image_size: int,
    channels: int,
    storage: Literal["auto", "memory", "files"],
    progress: Progress,
) -> Split:
    """The images in memory or on demand. root: the folder below which their names count.

    Raises ValueError that lists all damaged files; on demand, only those whose head is damaged.
    """
    fits = len(paths) * channels * image_size**2 < MEMORY_BYTES
    if storage == "files" or (storage == "auto" and not fits):
        refuse_damaged(with_progress(len(paths), lambda place: check_head(paths[place]), "looking at", progress))
        return FileSplit(paths, targets, image_size, channels, sources_of(root, paths))
    images = torch.empty(len(paths), channels, image_size, image_size, dtype=torch.uint8)

    def keep(place: int) -> str | None:
        if (fault := check_head(paths[place])) is not None:
            return fault
        try:
            images[place] = decode(paths[place], image_size, channels)
        except ValueError as error:
            return str(error)
        return None

    refuse_damaged(with_progress(len(paths), keep, "decoding", progress))
    return MemorySplit(images, targets, sources_of(root, paths))


def sources_of(root: Path, paths: list[Path]) -> list[Source]:
    """The name of each file below the root, the same on every system, and its size."""
    beginning = len(root.as_posix().rstrip("/")) + 1
    return [Source(path.as_posix()[beginning:], os.path.getsize(path)) for path in paths]


def check_head(path: Path) -> str | None:
    """What is wrong with the start of an image file, found without decoding it, where that shows."""
    try:
        with opened(path) as image:
            _overwritten.refuse_ending(path, image)
            if image.mode in ("I", "F"):  # of which not all can be converted
                converted(image, 1)
            else:
                image.verify()
    except DAMAGED as error:
        return unreadable(path, error)
    return None


def with_progress(count: int, work: Callable[[int], str | None], verb: str, progress: Progress) -> Iterator[str | None]:
    """What work gives for each place below count, in order, done by threads; progress lines now and then.

    Where the listener raises something, what has not begun is left undone.
    """
    pace = Pace(count)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        try:
            for place, result in enumerate(threads.map(work, range(count))):
                if pace.due(place):
                    progress(f"{verb} images: {place:,} of {count:,}")
                yield result
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def refuse_damaged(results: Iterable[str | None]) -> None:
    faults = [fault for fault in results if fault]
    if faults:
        more = f"\n... and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise ValueError(f"damaged images: {len(faults)}\n" + "\n".join(faults[:10]) + more)
