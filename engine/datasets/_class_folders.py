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


def faults(path: str, folder: Path, held_out: bool = False, reading: int = READING) -> list[Fault]:
    """Everything that keeps a folder from being a data set; the first ten, and how many more.

    held_out: whether each class must also give an image to validate with. reading: by which rule it is read.
    """
    if not unquoted(path):
        return [Fault("path", "folder_unnamed")]
    root = root_of(path, folder)
    try:
        found = list(_faults_of_root(root, held_out, reading))
        found += _folder_links.not_followed(root) if found and root.is_dir() else []  # what is missing may be there
    except OSError as error:
        found = [Fault("path", "folder_unreadable", {"path": str(error.filename or root), "said": error.strerror})]
    more = len(found) - MOST_TOLD
    return found[:MOST_TOLD] + ([Fault("path", "folder_more", {"count": more})] if more > 0 else [])


def _faults_of_root(root: Path, held_out: bool, reading: int) -> Iterator[Fault]:
    if not root.is_dir():
        yield Fault("path", "folder_is_file" if root.exists() else "folder_absent", {"path": str(root)})
        return
    layout = layout_of(root, reading)
    yield from layout.faults
    if layout.faults:
        return
    yield from _faults_of_classes(layout.train, root, fewest=3 if held_out and layout.test is None else 2)
    if layout.test:
        yield from _faults_of_classes(layout.test, root, fewest=1)
        yield from _differences(layout.train, layout.test, root)


def _faults_of_classes(split: Path, root: Path, fewest: int) -> Iterator[Fault]:
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
                code = {0: "folder_no_image", 1: "folder_one_image"}.get(count, "folder_few_images")
                yield Fault("path", code, values | {"count": count})


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
