"""A folder of class folders, looked at by names alone: which classes it has, and why it may be of no use.

No image is opened, and counting stops where enough is known, so that large folders take moments. Imports no torch.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from engine.datasets import _folder_links
from engine.datasets._layout import layout_of
from engine.datasets._walk import READING, SUFFIXES, UNREAD, Allowance, Spent, files_in, folders_in, is_image, suffix
from engine.messages.faults import Fault
from engine.messages.listed import listed
from engine.typed_path import typed_path, unquoted

MOST_TOLD = 10  # faults of one folder; the rest is counted
MOST_LOOKED_AT = 50_000  # files and folders of one class, before it has as many images as it needs


def root_of(path: str, folder: Path) -> Path:
    """The folder that a path of a config means; one that does not begin at the root starts in `folder`."""
    return typed_path(path, folder)


def count_classes(root: Path) -> int:
    """How many classes a data set has; 0 where its folder cannot be read."""
    try:
        return len(folders_in(layout_of(root).train, root))
    except OSError:
        return 0


def to_test_with(images: int, fraction: float) -> int:
    """How many images of a class are split off to test with: at least one, and not all."""
    return min(max(1, round(fraction * images)), images - 1)


def fewest_images(fraction: float) -> int:
    """How many images of a class leave one to train on and one to validate with besides."""
    fewest = max(3, int(1.5 / (1 - fraction)) - 2)
    while fewest - to_test_with(fewest, fraction) < 2:
        fewest += 1
    return fewest


def faults(
    path: str, folder: Path, test_fraction: float, held_out: bool = False, reading: int = READING
) -> list[Fault]:
    """Everything that keeps a folder from being a data set; the first ten, and how many more.

    held_out: whether each class must also give an image to validate with. reading: by which rule it is read.
    """
    if not unquoted(path):
        return [Fault("path", "folder_unnamed")]
    root = root_of(path, folder)
    try:
        found = list(_faults_of_root(root, test_fraction, held_out, reading))
        found += _folder_links.not_followed(root) if found and root.is_dir() else []  # what is missing may be there
    except OSError as error:
        found = [Fault("path", "folder_unreadable", {"path": str(error.filename or root), "said": error.strerror})]
    more = len(found) - MOST_TOLD
    return found[:MOST_TOLD] + ([Fault("path", "folder_more", {"count": more})] if more > 0 else [])


def _faults_of_root(root: Path, test_fraction: float, held_out: bool, reading: int) -> Iterator[Fault]:
    if not root.is_dir():
        yield Fault("path", "folder_is_file" if root.exists() else "folder_absent", {"path": str(root)})
        return
    layout = layout_of(root, reading)
    yield from layout.faults
    if layout.faults:
        return
    fewest = fewest_images(test_fraction) if held_out and layout.test is None else 2
    yield from _faults_of_classes(layout.train, root, fewest, test_fraction)
    if layout.test:
        yield from _faults_of_classes(layout.test, root, fewest=1)
        yield from _differences(layout.train, layout.test, root)


def _faults_of_classes(split: Path, root: Path, fewest: int, test_fraction: float = 0.0) -> Iterator[Fault]:
    where, folders = "" if split == root else f"{split.name}/: ", folders_in(split, root)
    if len(folders) < 2:
        yield _fault_of_few_classes(split, root, where, folders)
        return
    for folder in folders:
        try:
            count = count_images(folder, root, fewest)
        except Spent:  # no folder of images: a whole disk perhaps, whose other folders would take as long
            values = {"where": where, "name": folder.name, "count": f"{MOST_LOOKED_AT:,}", "limit": fewest}
            yield Fault("path", "folder_boundless", values)
            return
        if count < fewest:
            values = {"where": where, "name": folder.name, "limit": fewest}
            unread = Counter(suffix(entry.name) for entry in files_in(folder, root) if suffix(entry.name) in UNREAD)
            if unread and not count:
                yield Fault("path", "folder_unread_images", values | {"kinds": in_words(unread)})
            else:
                few = "folder_few_images" if fewest <= 3 else "folder_few_left"
                code = {0: "folder_no_image", 1: "folder_one_image"}.get(count, few)
                yield Fault("path", code, values | {"count": count, "fraction": test_fraction})


def _fault_of_few_classes(split: Path, root: Path, where: str, folders: list[Path]) -> Fault:
    if not folders:
        has_images = any(suffix(path.name) in SUFFIXES for path in split.iterdir())
        return Fault("path", "folder_flat" if has_images else "folder_no_class", {"where": where})
    values = {"where": where, "name": folders[0].name}
    inner = [path.name for path in folders_in(folders[0], root)]
    if len(inner) > 1:
        return Fault("path", "folder_below", values | {"inner": listed(inner), "path": str(folders[0])})
    return Fault("path", "folder_one_class", values)


def _differences(train: Path, test: Path, root: Path) -> Iterator[Fault]:
    known, tested = ([path.name for path in folders_in(split, root)] for split in (train, test))
    if not known or not tested:
        return
    sides = {"train": train.name, "test": test.name}
    yield from (Fault("path", "folder_only_train", {"name": name, **sides}) for name in known if name not in tested)
    yield from (Fault("path", "folder_not_train", {"name": name, **sides}) for name in tested if name not in known)


def count_images(folder: Path | str, root: Path, most: int) -> int:
    """How many images are in a folder, at any depth; counting ends at `most`. Raises Spent where it has too few."""
    found = 0
    for entry in files_in(folder, root, Allowance(MOST_LOOKED_AT)):
        found += is_image(entry)
        if found >= most:
            break
    return found


def in_words(kinds: Counter[str]) -> str:
    """12 .heic, 3 .txt: the most frequent endings of files, and how many others."""
    told = [f"{count:,} {kind or '?'}" for kind, count in kinds.most_common(4)]
    rest = kinds.total() - sum(count for _, count in kinds.most_common(4))
    return ", ".join([*told, f"{rest:,} ..."] if rest else told)
