"""A folder of class folders, looked at by names alone: which classes it has, and why it may be of no use.

No image is opened, and counting stops where enough is known, so that large folders take moments. Imports no torch.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from engine.messages.faults import Fault

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
SPLITS = ("train", "test", "val")
MOST_TOLD = 10  # faults of one folder; the rest is counted


def root_of(path: str, folder: Path) -> Path:
    """The folder that a path of a config means; one that does not begin at the root starts in `folder`."""
    return folder / Path(path).expanduser()


def splits_in(root: Path) -> dict[str, Path]:
    """The folders train/, test/ and val/ that hold the classes; none where the classes stand in the root itself."""
    inner = {name: root / name for name in SPLITS if (root / name).is_dir()}
    return inner if "train" in inner else {}


def class_folders(folder: Path) -> list[Path]:
    """The folder of each class, sorted; hidden ones are left out."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir())


def count_classes(root: Path) -> int:
    """How many classes a data set has; 0 where its folder cannot be read."""
    try:
        return len(class_folders(splits_in(root).get("train", root)))
    except OSError:
        return 0


def faults(path: str, folder: Path) -> list[Fault]:
    """Everything that keeps a folder from being a data set; the first ten, and how many more."""
    if not path:
        return [Fault("path", "folder_unnamed")]
    root = root_of(path, folder)
    try:
        found = list(_faults_of_root(root)) if root.is_dir() else [Fault("path", "folder_absent", {"path": str(root)})]
    except OSError as error:
        found = [Fault("path", "folder_unreadable", {"path": str(error.filename or root), "said": error.strerror})]
    more = len(found) - MOST_TOLD
    return found[:MOST_TOLD] + ([Fault("path", "folder_more", {"count": more})] if more > 0 else [])


def _faults_of_root(root: Path) -> Iterator[Fault]:
    inner = splits_in(root)
    train = class_folders(inner.get("train", root))
    yield from _faults_of_classes(train, fewest=2)
    for name in [name for name in ("test", "val") if name in inner][:1]:
        test = class_folders(inner[name])
        yield from _faults_of_classes(test, fewest=1, where=f"{name}/: ")
        yield from _differences([path.name for path in train], [path.name for path in test])


def _faults_of_classes(folders: list[Path], fewest: int, where: str = "") -> Iterator[Fault]:
    if not folders:
        yield Fault("path", "folder_no_class", {"where": where})
    elif len(folders) == 1:
        yield Fault("path", "folder_one_class", {"where": where, "name": folders[0].name})
    else:
        for folder in folders:
            count = count_images(folder, fewest)
            if count < fewest:
                code = "folder_one_image" if count else "folder_no_image"
                yield Fault("path", code, {"where": where, "name": folder.name, "limit": fewest})


def _differences(train: list[str], test: list[str]) -> Iterator[Fault]:
    known, tested = set(train), set(test)
    yield from (Fault("path", "folder_only_train", {"name": name}) for name in train if name not in tested)
    yield from (Fault("path", "folder_not_train", {"name": name}) for name in test if name not in known)


def count_images(folder: Path | str, most: int) -> int:
    """How many images are in a folder, at any depth; counting ends at `most`."""
    found = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if found >= most:
                break
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                found += count_images(entry.path, most - found)
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES and entry.is_file():
                found += 1
    return found
