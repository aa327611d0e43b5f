"""What is in a folder of pictures: which files count as images, and which are passed by. Imports no torch."""

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = {
    ".apng", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pfm", ".pgm", ".png", ".pnm", ".ppm", ".tif",
    ".tiff", ".webp",
}  # fmt: skip
# Pictures for people, but not for us: that they are missing would surprise.
UNREAD = {
    ".ai", ".arw", ".avif", ".cr2", ".cr3", ".dcm", ".dib", ".dng", ".eps", ".exr", ".hdr", ".heic", ".heif", ".ico",
    ".j2k", ".jp2", ".jxl", ".jxr", ".mpo", ".nef", ".nii", ".orf", ".pcx", ".pdf", ".psd", ".raf", ".raw", ".rw2",
    ".svg", ".tga", ".xcf",
}  # fmt: skip
HOUSEKEEPING = {"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"}  # folders of systems


def suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in HOUSEKEEPING


def folders_in(folder: Path) -> list[Path]:
    """The visible folders in a folder, sorted."""
    return sorted(path for path in folder.iterdir() if not is_hidden(path.name) and path.is_dir())


def files_in(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Everything in a folder, at any depth, that is no folder; without what is hidden or inside something hidden.

    Raises OSError where a folder cannot be read.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_hidden(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from files_in(entry.path)
            else:
                yield entry
