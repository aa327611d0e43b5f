"""Uploaded bytes under an id of ours, beside the runs; nothing is decoded here, the worker does that."""

import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from pathlib import Path

from engine.runs import plain_files

FOLDER = ".uploads"
ID = re.compile(r"[0-9a-f]{32}")
LARGEST = 20 * 1024 * 1024  # bytes
KEPT = 24 * 3600  # seconds
MOST = 50  # files


class TooLarge(ValueError):
    """More bytes came than are taken."""


async def save(runs: Path, chunks: AsyncIterator[bytes], awaited: Collection[str] = ()) -> str:
    """Write the chunks down as they come; returns the id. awaited: ids that jobs still wait for.

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
    _forget_old(folder, awaited)
    return upload


def find(runs: Path, upload: str) -> Path:
    """The file of an upload, which is then as good as new. Raises ValueError for an id that is none, or forgotten."""
    path = runs / FOLDER / upload
    if not ID.fullmatch(upload) or path.is_symlink() or not path.is_file():
        raise ValueError("the upload has expired; upload the image again")
    plain_files.check(path)
    with suppress(OSError):
        os.utime(path)
    return path


def _forget_old(folder: Path, awaited: Collection[str]) -> None:
    """Keep the files that were used last, those of the last day, and those that are awaited or still come."""
    names = plain_files.file_names(folder)
    uploads = sorted(((os.stat(folder / name).st_mtime, name) for name in names), reverse=True)
    whole = [name for _, name in uploads if ID.fullmatch(name)]
    for time_of, name in uploads:
        is_old = time.time() - time_of > KEPT or name in whole[MOST:]
        if is_old and name not in awaited:
            (folder / name).unlink(missing_ok=True)
