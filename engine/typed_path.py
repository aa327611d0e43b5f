"""Paths as people type and paste them: quoted, with blanks at the ends, as file:// addresses, with ~ or variables."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

# What Windows' properties and chats put around a path.
UNSEEN = "\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2069\ufeff"
QUOTES = ('""', "''", "``", "“”", "‘’", "„“", "«»", "「」", "<>")


def typed_path(typed: str, folder: Path = Path()) -> Path:
    """The path that is meant; one that does not begin at the root starts in `folder`.

    What exists exactly as it was typed is taken so, even if quotes or blanks belong to its name.
    """
    as_typed = folder / _at_home(typed)
    return as_typed if os.path.exists(as_typed) else folder / _at_home(unquoted(typed))


def unquoted(typed: str) -> str:
    """The path without what was around it; empty if there was nothing else."""
    before, path = None, typed
    while path != before:
        before, path = path, path.strip().strip(UNSEEN)
        if len(path) > 1 and path[0] + path[-1] in QUOTES:
            path = path[1:-1]
    if path.lower().startswith("file:/"):
        address = urlsplit(path)
        host = "" if address.netloc in ("", "localhost") else f"//{address.netloc}"
        path = host + (url2pathname(address.path) if os.name == "nt" else unquote(address.path))
    elif os.name != "nt":
        path = re.sub(r"\\([ ()\[\]&'\"])", r"\1", path)  # as a terminal writes what is dropped on it
    return os.path.expandvars(path)


def _at_home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # ~ and the name of nobody
        return Path(path)
