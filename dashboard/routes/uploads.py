"""Uploaded bytes under an id of ours, beside the runs; nothing is decoded here, the worker does that."""

import re
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path

from engine.runs import plain_files

FOLDER = ".uploads"
ID = re.compile(r"[0-9a-f]{32}")
LARGEST = 20 * 1024 * 1024  # bytes
KEPT = 24 * 3600  # seconds
MOST = 50  # files


class TooLarge(ValueError):
    """More bytes came than are taken."""


async def save(runs: Path, chunks: AsyncIterator[bytes]) -> str:
    """Write the chunks down as they come; returns the id.

    Raises TooLarge as soon as there are more than 20 MB. Whatever stops the upload, no part of it stays.
    """
    folder = plain_files.make_folder(runs / FOLDER)
    upload = secrets.token_hex(16)
    partial = folder / f"{upload}.part"
    try:
        with open(partial, "xb") as file:
            async for chunk in chunks:
                if file.tell() + len(chunk) > LARGEST:
                    raise TooLarge
                file.write(chunk)
        partial.rename(folder / upload)
    finally:
        partial.unlink(missing_ok=True)
    _forget_old(folder)
    return upload


def find(runs: Path, upload: str) -> Path:
    """The file of an upload. Raises ValueError for an id that is none, or was forgotten."""
    path = runs / FOLDER / upload
    if not ID.fullmatch(upload) or path.is_symlink() or not path.is_file():
        raise ValueError("the upload has expired; upload the image again")
    plain_files.check(path)
    return path


def _forget_old(folder: Path) -> None:
    """Keep the newest files of the last day."""
    names = plain_files.file_names(folder)
    uploads = sorted(((path.stat().st_mtime, path) for path in map(folder.joinpath, names)), reverse=True)
    for place, (time_of, path) in enumerate(uploads):
        if place >= MOST or time.time() - time_of > KEPT:
            path.unlink(missing_ok=True)
