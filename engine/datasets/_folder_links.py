"""What is said of the links in a folder of images: which are followed, and which lead out of it. Imports no torch."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from engine.datasets._walk import is_hidden, leads_outside, visible_in
from engine.messages.faults import Fault, Remark

MOST_LOOKED_AT = 200_000  # files, folders and links
CODES = {"outside": "folder_links_outside", "followed": "folder_links"}


def not_followed(root: Path) -> Iterator[Fault]:
    """Of a folder that is not understood, so that all of it is looked at."""
    links = [entry.path for entry in islice(visible_in(root), MOST_LOOKED_AT) if entry.is_symlink()]
    if outside := [link for link in links if leads_outside(link, root)]:
        yield Fault("path", CODES["outside"], _values(outside, root))


def said(links: dict[str, list[str]], root: Path) -> Iterator[Remark]:
    """links: followed, and outside."""
    return (Remark("path", CODES[kind], _values(links[kind], root)) for kind in CODES if links[kind])


def of_folders(folders: Iterable[Path], root: Path) -> Iterator[tuple[str, str]]:
    """The links that stand in the folders themselves: what becomes of each, and its path."""
    for folder in dict.fromkeys(folders):
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink() and not is_hidden(entry.name):
                    yield "outside" if leads_outside(entry.path, root) else "followed", entry.path


def _values(links: list[str], root: Path) -> dict[str, Any]:
    return {"count": len(links), "name": Path(min(links)).relative_to(root).as_posix()}
