"""Files of a run are opened only if they are what they seem: plain files, in real folders.

A run folder may come from anybody. A link, a pipe or a device in it may stand for anything that belongs to whoever
looks at the run: nothing is read from there, and nothing is written to it. A file that has a second name elsewhere (a
hard link, as in a copy by `cp -al`) is read, but what is written goes to a copy, which takes its place.
"""

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from engine.messages.coded_error import CodedError

# Folders of ours below the folder of all runs; what lies above them is its owner's, who may well reach it by a link.
OURS = re.compile(
    r"series|system|commands|maps|checkpoints|before_life_.*|iteration-.*|\.unfinished-.*"
    r"|\.(trash|uploads|requests|queue)|cpu|mps|cuda(-\d+)?"
)
STRAIGHT = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # no link; no waiting for a pipe's other end
JUNCTION = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)  # Windows' link between folders
MOST_LOOKED_AT = 20_000  # entries of one run
MOST_NAMED = 10


class Oddities(NamedTuple):
    """not_plain: what is never opened, the first few; shared: the files that have a second name somewhere, all."""

    not_plain: list["NotPlain"]
    shared: list[str]


class NotPlain(CodedError, OSError):
    """What should be opened is a link or the like; nothing was read or written."""


def opened(path: Path, mode: str = "rb", **how: Any) -> IO[Any]:
    """As open(), for a plain file that is reached without a link; none is emptied. Raises NotPlain for others."""
    assert "w" not in mode, "a file is emptied before it is known what it is"
    check(path)
    if "a" in mode or "+" in mode:
        _make_own(path)
    return open(path, mode, opener=_straight, **how)


def check(path: Path) -> None:
    """Raise NotPlain if there is something at `path` that is neither a plain file nor a folder, or a link before it."""
    for place in (path, *_ours_above(path)):
        try:
            kind = _kind(os.lstat(place))
        except (FileNotFoundError, NotADirectoryError):
            continue
        if kind:
            raise NotPlain(kind, file=_shown(place))


def check_lock(path: Path) -> None:
    """Raise NotPlain if locking this file would empty another: whoever takes a lock truncates it.

    An empty one with a second name is left as it is, as the trainer of the original may hold it.
    """
    check(path)
    with suppress(FileNotFoundError, NotADirectoryError):
        about = os.lstat(path)
        if about.st_size and about.st_nlink > 1:
            raise NotPlain("entry_lock", file=_shown(path))


def entries(folder: Path) -> list[os.DirEntry]:
    """What is in a folder, without links; nothing where there is none, or where a link leads to it."""
    try:
        check(folder)
        with os.scandir(folder) as found:
            return [entry for entry in found if not entry.is_symlink()]
    except (FileNotFoundError, NotADirectoryError, NotPlain):
        return []


def file_names(folder: Path, suffix: str = "") -> list[str]:
    """The names of the plain files in a folder, sorted."""
    return sorted(entry.name for entry in entries(folder) if entry.name.endswith(suffix) and entry.is_file())


def folder_names(folder: Path) -> list[str]:
    """The names of the folders in a folder, sorted."""
    return sorted(entry.name for entry in entries(folder) if entry.is_dir())


def make_folder(folder: Path) -> Path:
    """The folder, made if it is missing. Raises NotPlain if a link stands in its place."""
    check(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def look_through(root: Path) -> Oddities:
    """What in a folder, at any depth, is not simply a file of it."""
    odd, shared, before = [], [], len(os.fspath(root)) + 1
    for entry in islice(below(root), MOST_LOOKED_AT):
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if kind := _kind(about):
            odd.append(NotPlain(kind, file=entry.path[before:].replace(os.sep, "/")))
        elif about.st_nlink > 1 and stat.S_ISREG(about.st_mode):
            shared.append(entry.path[before:].replace(os.sep, "/"))
    return Oddities(sorted(odd, key=str)[:MOST_NAMED], sorted(shared))


def below(folder: Path | str) -> Iterator[os.DirEntry]:
    """Everything in a folder, at any depth, links among them; what cannot be looked into is passed over."""
    waiting = [os.fspath(folder)]  # no recursion: folders may be nested as deeply as a path can be long
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                inside = list(found)
        except OSError:
            continue
        waiting += [entry.path for entry in inside if entry.is_dir(follow_symlinks=False)]
        yield from inside


def _ours_above(path: Path) -> Iterator[Path]:
    for parent in path.parents:
        if not OURS.fullmatch(parent.name):
            return
        yield parent


def _kind(about: os.stat_result) -> str:
    """The code of what is wrong with it; empty for a folder and for a plain file."""
    if stat.S_ISLNK(about.st_mode) or getattr(about, "st_reparse_tag", 0) == JUNCTION:
        return "entry_link"
    if stat.S_ISDIR(about.st_mode):
        return ""
    return "" if stat.S_ISREG(about.st_mode) else "entry_special"


def _straight(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | STRAIGHT, 0o666)
    if kind := _kind(os.fstat(descriptor)):
        os.close(descriptor)
        raise NotPlain(kind, file=_shown(Path(path)))
    return descriptor


def _make_own(path: Path) -> None:
    """Put a copy in the place of a file that has a second name elsewhere."""
    try:
        if os.lstat(path).st_nlink < 2:
            return
    except (FileNotFoundError, NotADirectoryError):
        return
    copy = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with open(path, "rb", opener=_straight) as before, open(copy, "xb") as after:
            shutil.copyfileobj(before, after)
        os.replace(copy, path)
    finally:
        copy.unlink(missing_ok=True)


def _shown(path: Path) -> str:
    """The path from the folder of ours on, as people find it."""
    above = sum(1 for _ in _ours_above(path))
    return "/".join(path.parts[-above - 1 :])
