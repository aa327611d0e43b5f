"""Our own files for the browser, below an address that names what they hold, so that it asks for each of them once."""

import hashlib
import importlib.resources
import mimetypes
import os
import re
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
PLOTLY = Path(str(importlib.resources.files("plotly"))) / "package_data" / "plotly.min.js"
ANY_VERSION = re.compile(r"^[0-9a-f]{12}[/\\]")
mimetypes.add_type("text/javascript", ".js")  # Windows' registry may say otherwise, and modules then do not load


class OwnFiles(StaticFiles):
    """The files of a folder and plotly's one file, as NAME and as VERSION/NAME.

    Browsers keep what today's version names for a year. They ask each time whether a file changed if the name is plain,
    the version is older (of a page that was open when the dashboard was restarted) or the file was edited since.
    """

    def __init__(self, folder: Path = STATIC):
        super().__init__(directory=folder)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self.version = _version(paths, folder)
        self.known = {os.path.realpath(path): _state(os.stat(path)) for path in (*paths, PLOTLY)}

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        name = ANY_VERSION.sub("", path)
        return (str(PLOTLY), os.stat(PLOTLY)) if name == PLOTLY.name else super().lookup_path(name)

    def file_response(self, full_path: Any, stat_result: os.stat_result, scope: Scope, *more: Any) -> Response:
        response = super().file_response(full_path, stat_result, scope, *more)
        is_versioned = self.get_path(scope).startswith(self.version + os.sep)
        is_kept = is_versioned and self.known.get(os.path.realpath(full_path)) == _state(stat_result)
        response.headers["Cache-Control"] = "max-age=31536000, immutable" if is_kept else "no-cache"
        return response


def _state(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_mtime_ns, stat.st_size


def _version(paths: list[Path], folder: Path) -> str:
    """Twelve hexadecimal digits that change with any name or byte of the files."""
    digest = hashlib.sha256(PLOTLY.read_bytes())
    for path in paths:
        digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
