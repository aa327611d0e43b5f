"""What is in a folder of pictures: which files count as images, and which are passed by. Imports no torch.

Links are followed inside the folder alone: it may come from anybody, and what lies elsewhere is not part of it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# The rule by which a folder is read, recorded with every run: one that began by an earlier rule keeps to it.
READING = 1
SUFFIXES = {
    ".apng", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pfm", ".pgm", ".png", ".pnm", ".ppm", ".tif",
    ".tiff", ".webp",
}  # fmt: skip
SUFFIXES_OF_RULE_0 = SUFFIXES - {".apng", ".jfif", ".jpe", ".pbm", ".pfm", ".pnm"}
# Pictures for people, but not for us: that they are missing would surprise.
UNREAD = {
    ".ai", ".arw", ".avif", ".cr2", ".cr3", ".dcm", ".dib", ".dng", ".eps", ".exr", ".hdr", ".heic", ".heif", ".ico",
    ".j2k", ".jp2", ".jxl", ".jxr", ".mpo", ".nef", ".nii", ".orf", ".pcx", ".pdf", ".psd", ".raf", ".raw", ".rw2",
    ".svg", ".tga", ".xcf",
}  # fmt: skip
HOUSEKEEPING = {"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"}  # folders of systems


class Spent(Exception):
    """More is in a folder than may be looked at."""


class Allowance:
    """How many entries of folders may be looked at; `spend` raises Spent after the last."""

    def __init__(self, entries: int):
        self.left = entries

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Spent


def suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in HOUSEKEEPING


def folders_in(folder: Path, root: Path) -> list[Path]:
    """The visible folders in a folder, sorted. A link is one if it leads to somewhere inside the root."""
    with os.scandir(folder) as entries:
        return sorted(
            Path(entry.path)
            for entry in entries
            if is_folder(entry) and not is_hidden(entry.name)
            and not (entry.is_symlink() and leads_outside(entry.path, root))
        )  # fmt: skip


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Told without a look at the disk, but for links: of one that leads to itself the entry would raise OSError."""
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()


def is_image(entry: os.DirEntry[str], suffixes: set[str] = SUFFIXES) -> bool:
    if suffix(entry.name) not in suffixes:
        return False
    return os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file()


class Found(NamedTuple):
    """A file, or a link. link: "followed" if it leads to somewhere inside the root, "outside" if not; behind: whether
    it was come to by a link, and so is somewhere else in the folder, too."""

    entry: os.DirEntry[str]
    link: str
    behind: bool


def files_in(folder: Path | str, root: Path, allowance: Allowance | None = None) -> Iterator[os.DirEntry[str]]:
    """Everything in a folder, at any depth, that is no folder; without what is hidden or inside something hidden, and
    without links that lead out of the root.

    Raises OSError where a folder cannot be read, Spent where more is looked at than is allowed.
    """
    for found in files_and_links_in(folder, root, allowance):
        if is_file_of(found):
            yield found.entry


def is_file_of(found: Found) -> bool:
    return found.link != "outside" and not (found.link and is_folder(found.entry))


def files_and_links_in(folder: Path | str, root: Path, allowance: Allowance | None = None) -> Iterator[Found]:
    """The same, and all links; those that are followed come before what is in them."""
    way = (os.path.realpath(folder),)
    return _walk(folder, os.path.realpath(root), way, os.path.islink(folder), allowance)


def _walk(
    folder: Path | str, root: str, way: tuple[str, ...], behind: bool, allowance: Allowance | None
) -> Iterator[Found]:
    """way: the true places of the folders that were entered by a link, so that no link leads in a circle."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if allowance:
                allowance.spend()
            if is_hidden(entry.name):
                continue
            if not entry.is_symlink():
                if entry.is_dir():
                    yield from _walk(entry.path, root, way, behind, allowance)
                else:
                    yield Found(entry, "", behind)
                continue
            target = os.path.realpath(entry.path)
            yield Found(entry, "followed" if is_within(target, root) else "outside", behind)
            if is_within(target, root) and is_folder(entry) and not any(is_within(place, target) for place in way):
                yield from _walk(entry.path, root, (*way, target), True, allowance)


def leads_outside(link: Path | str, root: Path) -> bool:
    return not is_within(os.path.realpath(link), os.path.realpath(root))


def is_within(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def visible_in(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """All that is visible in a folder, at any depth; no link is followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_hidden(entry.name):
                continue
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from visible_in(entry.path)
