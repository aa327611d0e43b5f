"""How a folder of images is understood, and what of it is not used: said before the start. Imports no torch."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.datasets import _folder_links
from engine.datasets._class_folders import in_words, root_of
from engine.datasets._layout import Layout, layout_of, split_of
from engine.datasets._walk import (
    SUFFIXES,
    UNREAD,
    Allowance,
    Spent,
    files_and_links_in,
    folders_in,
    is_file_of,
    is_image,
    suffix,
)
from engine.messages.faults import Remark
from engine.messages.listed import listed

MOST_LOOKED_AT = 200_000  # files, folders and links of a split; beyond, what is said is of these


@dataclass
class Census:
    """images: of each class. left_out: files that are none, by their ending. deep: class folders without an image of
    their own but several folders with some. links: in the class folders, followed and outside. is_whole: whether all
    was looked at."""

    images: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    deep: dict[str, set[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=lambda: {"followed": [], "outside": []})
    is_whole: bool = True

    @property
    def total(self) -> str:
        return f"{self.images.total():,}" + ("" if self.is_whole else "+")


def remarks(path: str, folder: Path, test_fraction: float) -> list[Remark]:
    """What is understood comes first, then what may surprise. Only for a folder without faults."""
    layout = layout_of(root_of(path, folder))
    train = census_of(layout.train, layout.root)
    test = census_of(layout.test, layout.root) if layout.test else None
    said = [Remark("path", code, values) for code, values in _said(layout, train, test, test_fraction)]
    return [*said, *_folder_links.said(_links(layout, train, test), layout.root)]


def _links(layout: Layout, train: Census, test: Census | None) -> dict[str, list[str]]:
    links = {kind: paths + (test.links[kind] if test else []) for kind, paths in train.links.items()}
    for kind, path in _folder_links.of_folders([layout.root, layout.train, layout.test or layout.train], layout.root):
        links[kind].append(path)
    return links


def census_of(split: Path, root: Path) -> Census:
    """All in one walk, as this is asked for at every change of the form."""
    census, allowance = Census(), Allowance(MOST_LOOKED_AT)
    try:
        for class_folder in folders_in(split, root):
            _count(class_folder, root, census, allowance)
    except Spent:
        census.is_whole = False
    return census


def _count(class_folder: Path, root: Path, census: Census, allowance: Allowance) -> None:
    name, beginning = class_folder.name, len(str(class_folder)) + 1
    inside: set[str] = set()
    for found in files_and_links_in(class_folder, root, allowance):
        entry = found.entry
        if found.link and not found.behind:
            census.links[found.link].append(entry.path)
        if not is_file_of(found):
            continue
        if is_image(entry):
            census.images[name] += 1
            below = entry.path[beginning:].split(os.sep, 1)
            inside.add(below[0] if len(below) > 1 else "")
        else:
            census.left_out[suffix(entry.name)] += 1
    if len(inside) > 1 and "" not in inside:
        census.deep[name] = inside


def _said(
    layout: Layout, train: Census, test: Census | None, test_fraction: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    classes = [path.name for path in folders_in(layout.train, layout.root)]
    values: dict[str, Any] = {"count": len(classes), "names": listed(classes), "images": train.total}
    if test and layout.test:
        sides = {"train": layout.train.name, "test": layout.test.name, "test_images": test.total}
        yield "folder_split_given", values | sides
    else:
        yield "folder_split_drawn", values | {"share": f"{100 * test_fraction:g}"}
    left_out = train.left_out + (test.left_out if test else Counter())
    for code, is_meant in (("folder_unread", True), ("folder_left_out", False)):
        kinds = Counter({kind: count for kind, count in left_out.items() if (kind in UNREAD) == is_meant})
        if kinds:
            yield code, {"count": kinds.total(), "kinds": in_words(kinds)}
    if layout.val and layout.test:
        names = {"val": layout.val.name, "test": layout.test.name, "train": layout.train.name}
        yield "folder_val_unused", names
    if layout.unused:
        yield "folder_unused", {"names": listed([path.name for path in layout.unused])}
    for place in dict.fromkeys([layout.root, layout.train, layout.test or layout.train]):
        if stray := sum(suffix(path.name) in SUFFIXES for path in place.iterdir()):
            yield "folder_stray", {"count": stray, "place": place.name}
    if train.deep and len(train.deep) == len(classes):
        name, inner = next(iter(train.deep.items()))
        yield "folder_deep", {"name": name, "inner": listed(sorted(inner)), "path": str(layout.train / name)}
    yield from _beside(layout)


def _beside(layout: Layout) -> Iterator[tuple[str, dict[str, Any]]]:
    """A training folder that was named itself leaves the test folder beside it unused."""
    found = split_of(layout.root.name)
    if layout.test or found is None or found[0] != "train":
        return
    for path in folders_in(layout.root.parent, layout.root.parent):
        other = split_of(path.name)
        if other and other[0] != "train" and other[1] == found[1]:
            yield "folder_beside", {"name": path.name, "path": str(layout.root.parent)}
