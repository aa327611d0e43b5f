"""The routes of attention maps: the probe images, which moments were kept, and the gates of one moment."""

import base64
import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from fastapi import APIRouter, HTTPException
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from dashboard.json_answer import Json
from dashboard.routes.dependencies import Run
from dashboard.routes.run_description import class_names
from engine.runs.plain_files import NotPlain, opened
from engine.runs.run_folder import RunFolder

MOST_MOMENTS = 1000
LARGEST = 256 << 20  # bytes of the arrays of one file, unpacked
DAMAGED = (OSError, ValueError, KeyError, EOFError, MemoryError, NotImplementedError, RuntimeError, OverflowError,
           TypeError, SyntaxError, zipfile.BadZipFile, zlib.error, struct.error)  # fmt: skip
ASKED_AGAIN = {"Cache-Control": "private, no-cache"}  # an attempt that begins again may replace them
router = APIRouter()


@router.get("/runs/{run_id}/maps")
def overview(run: Run) -> Json:
    found = run.map_iterations()
    iterations = found[-MOST_MOMENTS:]
    about = [run.map_about(iteration) for iteration in iterations]
    return Json({"probes": _probes(run), "iterations": iterations, "about": about, "classes": class_names(run),
                 "left_out": len(found) - len(iterations)})  # fmt: skip


@router.get("/runs/{run_id}/maps/probes.png")
def probe(run: Run, index: int, request: Request) -> Response:
    return _png(run.probes_file, index, request)


@router.get("/runs/{run_id}/maps/mistakes.png")
def mistake(run: Run, index: int, request: Request, weights: Literal["last", "best"] = "last") -> Response:
    return _png(run.best_mistakes_file if weights == "best" else run.mistakes_file, index, request)


@router.get("/runs/{run_id}/maps/{iteration}")
def moment(run: Run, iteration: int) -> Json:
    if iteration not in run.map_iterations():
        raise HTTPException(404, f"no maps were saved at iteration {iteration}")
    gates = {name: _packed(array) for name, array in _arrays(run.map_file(iteration)).items()}
    return Json(run.map_about(iteration) | {"gates": gates}, headers=ASKED_AGAIN)


def _probes(folder: RunFolder) -> dict[str, Any] | None:
    if not folder.probes_file.is_file():
        return None
    arrays = _arrays(folder.probes_file)
    images = _images(arrays)
    count, channels, height, width = images.shape
    labels = {key: arrays[key].tolist() if key in arrays else [] for key in ("targets", "indices")}
    digest = hashlib.sha256(images.tobytes()).hexdigest()  # two runs whose probes are the same images have the same
    return {"count": count, "channels": channels, "height": height, "width": width, "digest": digest, **labels}


def _packed(array: np.ndarray) -> dict[str, Any]:
    """Shape and base64 of little-endian float32: a browser reads it as it is."""
    return {"shape": array.shape, "data": base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")}


def _png(path: Path, index: int, request: Request) -> Response:
    """One of the images in a file; nothing but 304 where the browser has it from the file as it is now."""
    headers = ASKED_AGAIN | _etag(path)
    if request.headers.get("if-none-match") == headers.get("ETag", ""):
        return Response(status_code=304, headers=headers)
    images = _images(_arrays(path))
    if not 0 <= index < len(images):
        raise HTTPException(404, f"there is no image {index}; there are {len(images)}")
    picture = images[index].transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture).save(buffer, "PNG")
    return Response(buffer.getvalue(), media_type="image/png", headers=headers)


def _etag(path: Path) -> dict[str, str]:
    try:
        about = path.lstat()
    except OSError:
        return {}
    return {"ETag": f'"{about.st_mtime_ns:x}-{about.st_size:x}"'}


def _images(arrays: dict[str, np.ndarray]) -> np.ndarray:
    images = arrays.get("images")
    if images is None or images.ndim != 4 or images.dtype != np.uint8 or images.shape[1] not in (1, 3):
        raise HTTPException(404, "the images of this run are missing or damaged")
    return images


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Every array of an .npz; nothing in it can run code."""
    try:
        with opened(path) as file:
            _refuse_huge(file, path.name)
            with np.load(file, allow_pickle=False) as arrays:
                return {name: _numbers(arrays[name]) for name in arrays.files}
    except NotPlain as error:
        raise HTTPException(404, str(error)) from error
    except DAMAGED as error:
        raise HTTPException(404, f"{path.name} is missing or damaged ({type(error).__name__})") from error


def _numbers(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "fiub":
        raise ValueError(f"an array of {array.dtype} is not one of numbers")
    return array


def _refuse_huge(file: IO[bytes], name: str) -> None:
    """Before anything is unpacked: a few kilobytes may stand for gigabytes."""
    with zipfile.ZipFile(file) as packed:
        size = sum(each.file_size for each in packed.infolist())
    if size > LARGEST:
        raise HTTPException(404, f"{name} has {size >> 20:,} MB; at most {LARGEST >> 20} are read")
    file.seek(0)
