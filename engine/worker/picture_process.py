"""An uploaded picture, decoded in a process of its own where a damaged file could crash the decoder."""

import io
import json
import subprocess
import sys
from pathlib import Path

from PIL import Image

from engine.messages.coded_error import CodedError
from engine.worker import picture_files
from engine.worker.picture_files import Picture

HOUSE = Path(__file__).parents[2]
CRASHED = ("TIFF",)  # kinds of which damaged files have crashed the library that decodes them
LIMIT = 60.0  # seconds


def read(path: Path) -> Picture:
    """The picture in an uploaded file, as picture_files.read gives it. Raises CodedError as that does."""
    kind = picture_files.kind_of(path)
    return _read_apart(path, kind) if kind in CRASHED else picture_files.read(path)


def _read_apart(path: Path, kind: str) -> Picture:
    command = [sys.executable, "-m", "engine.worker.picture_process", str(path.resolve())]
    try:
        done = subprocess.run(command, cwd=HOUSE, capture_output=True, timeout=LIMIT)
    except subprocess.TimeoutExpired as error:
        raise CodedError("upload_damaged", kind=kind) from error
    line, _, pixels = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise CodedError("upload_damaged", kind=kind)
    answer = json.loads(line)
    if "coded" in answer:
        raise CodedError(answer["coded"]["code"], **answer["coded"]["values"])
    return Picture(Image.open(io.BytesIO(pixels), formats=("PPM",)), answer["notes"])


def main(path: Path) -> None:
    """A line of JSON with the notes, and after it the picture as PPM; or a line with what is wrong."""
    try:
        picture, notes = picture_files.read(path)
    except CodedError as error:
        print(json.dumps({"coded": error.as_dict()}))
        return
    sys.stdout.buffer.write(json.dumps({"notes": notes}).encode() + b"\n")
    picture.save(sys.stdout.buffer, "PPM")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
