"""What every route answers with: JSON in which NaN is null, short numbers, and errors as one sentence."""

import json
import logging
import math
from typing import Any

import numpy as np
import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.responses import Response

from engine.messages.failures import job_error
from engine.runs.plain_files import NotPlain

DIGITS = 6  # significant ones; a chart shows three
log = logging.getLogger("thaw")


class Json(Response):
    """A JSON answer; numpy arrays become lists, NaN and infinity become null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        try:
            return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        except TypeError:  # an integer beyond 64 bits, out of a damaged file
            plain = json.loads(json.dumps(content, default=np.ndarray.tolist), parse_constant=lambda word: None)
            return json.dumps(plain).encode()


def rounded(values: np.ndarray) -> np.ndarray:
    """The values with six significant digits, so that they are short as text."""
    with np.errstate(all="ignore"):
        size = np.floor(np.log10(np.abs(values)))
        places = np.where(np.isfinite(size), DIGITS - 1 - size, 0)
        scale = 10.0 ** np.abs(places)
        # Dividing a whole number by a power of ten gives the double nearest to the short decimal; multiplying does not.
        short = np.where(places > 0, np.rint(values * scale) / scale, np.rint(values / scale) * scale)
    return np.where(np.isfinite(short), short, np.where(np.isfinite(values), values, math.nan))


def number(value: Any, otherwise: float = 0) -> float:
    """A number out of a file that anything may stand in."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise


def install_errors(app: FastAPI) -> None:
    """Answer every error as JSON: {"error": sentence}, or {"faults": [...]} where fields are to blame."""

    @app.exception_handler(AnyHTTPException)
    async def refused(request: Request, error: AnyHTTPException) -> Json:
        return Json({"error": str(error.detail)}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def wrong_request(request: Request, error: RequestValidationError) -> Json:
        faults = [
            {"field": ".".join(map(str, detail["loc"][1:])), "code": "rule", "message": detail["msg"], "values": {}}
            for detail in error.errors()
        ]
        return Json({"faults": faults}, 422)

    @app.exception_handler(NotPlain)
    async def not_opened(request: Request, error: NotPlain) -> Json:
        return Json({"error": str(error)} | error.as_dict(), 409)

    @app.exception_handler(OSError)
    async def disk_refused(request: Request, error: OSError) -> Json:
        log.error("%s %s: %s", request.method, request.url.path, error)
        known = job_error(error)
        return Json({"error": str(known or f"{error.filename or 'the disk'}: {error.strerror or error}")}, 500)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Json:
        log.error("%s %s failed: %s", request.method, request.url.path, type(error).__name__)
        return Json({"error": "the dashboard failed at this request; the terminal it runs in says why"}, 500)
