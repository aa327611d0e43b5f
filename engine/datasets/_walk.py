"""What is in a folder of pictures: which files count as images, and which are passed by. Imports no torch.

Links are followed inside the folder alone: it may come from anybody, and what lies elsewhere is not part of it.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

READING = (
    1  # the rule by which a folder is read, recorded with every run; one that began by an earlier rule keeps to it
)
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
    return sorted(
        path
        for path in folder.iterdir()
        if not is_hidden(path.name) and path.is_dir() and not (path.is_symlink() and leads_outside(path, root))
    )


def stamp(root: Path) -> str:
    """Differs as soon as a file in the folder of a data set is added, removed, renamed or written anew."""
    digest = hashlib.blake2b(digest_size=16)
    for entry in files_in(root, root):
        about = entry.stat(follow_symlinks=False)
        digest.update(f"{entry.path}\0{about.st_size}\0{about.st_mtime_ns}\0{about.st_ino}\0".encode(errors="replace"))
    return digest.hexdigest()


def files_in(folder: Path | str, root: Path, allowance: Allowance | None = None) -> Iterator[os.DirEntry[str]]:
    """Everything in a folder, at any depth, that is no folder; without what is hidden or inside something hidden, and
    without links that lead out of the root.

    Raises OSError where a folder cannot be read, Spent where more is looked at than is allowed.
    """
    return _files_in(folder, root, (os.path.realpath(folder),), allowance)


def _files_in(
    folder: Path | str, root: Path, way: tuple[str, ...], allowance: Allowance | None
) -> Iterator[os.DirEntry[str]]:
    """way: the true places of the folders that were entered by a link, so that no link leads in a circle."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if allowance:
                allowance.spend()
            if is_hidden(entry.name) or (entry.is_symlink() and leads_outside(entry.path, root)):
                continue
            if not entry.is_dir():
                yield entry
            elif not entry.is_symlink():
                yield from _files_in(entry.path, root, way, allowance)
            elif not any(is_within(place, target := os.path.realpath(entry.path)) for place in way):
                yield from _files_in(entry.path, root, (*way, target), allowance)


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
