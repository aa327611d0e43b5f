"""What is said of the links in a folder of images: which are followed, and which lead out of it. Imports no torch."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from engine.datasets._walk import leads_outside, visible_in
from engine.messages.faults import Fault

MOST_LOOKED_AT = 200_000  # files, folders and links


def followed(root: Path) -> Iterator[Fault]:
    yield from _said("folder_links", [link for link in _links(root) if not leads_outside(link, root)], root)


def not_followed(root: Path) -> Iterator[Fault]:
    yield from _said("folder_links_outside", [link for link in _links(root) if leads_outside(link, root)], root)


def _links(root: Path) -> Iterator[str]:
    return (entry.path for entry in islice(visible_in(root), MOST_LOOKED_AT) if entry.is_symlink())


def _said(code: str, links: list[str], root: Path) -> Iterator[Fault]:
    if links:
        yield Fault("path", code, {"count": len(links), "name": Path(min(links)).relative_to(root).as_posix()})
